const SHOWN = 12;

/**
 * What speaks for an outage and against it, what else it could be, and whom to ask, as lists of `{ name, facts }` in the page's
 * language. A name is a code; the weight of a branch is the log of how much more probable everything said there is with the outage.
 */
export function tellReasons(language, explanation) {
  const { branches, telemetry, alternatives, pings } = explanation;
  return {
    reasons: [...telemetry.map((told) => tellSignal(language, told)), ...branches.map(tellBranch)].slice(
      0,
      SHOWN,
    ),
    alternatives: alternatives.map(({ devices, service, probability }) => ({
      name: service ?? devices.join(' = '),
      facts: [language.percent(probability)],
    })),
    pings: pings.map(({ meterNumber, dead }) => ({
      name: meterNumber,
      facts: [language.text('outWith', { probability: language.percent(dead) })],
    })),
  };

  function tellBranch({ device, gasped, on, silent, terminals, calls, weight }) {
    const counts = [
      ['metersGasped', gasped],
      ['metersOn', on],
      ['metersSilent', silent],
      ['terminalsGasped', terminals],
      ['callReports', calls],
    ].filter(([, count]) => count > 0);
    const weighed = language.number(Math.abs(weight), { maximumFractionDigits: 1 });
    return {
      name: device,
      facts: [
        language.text(weight >= 0 ? 'speaksFor' : 'speaksAgainst', { weight: weighed }),
        ...counts.map(([key, count]) => language.counted(key, count)),
      ],
    };
  }
}

function tellSignal(language, { device, says, at }) {
  const time = language.time(at, { seconds: true });
  return { name: device, facts: [language.text(says === 'open' ? 'toldOpen' : 'toldDead', { time })] };
}
