import { outageNameText } from './outage-name.js';

const SOURCES = ['scada', 'onu', 'kaifa', 'call_center'];

/**
 * Why an outage is believed, in a sentence of the page's language with times of the site; the server's own
 * `explanation` is English with times in UTC.
 */
export function explainOutage(language, outage) {
  const reports = [
    ['scadaReports', outage.sources.scada],
    ['onuReports', outage.sources.onu],
    ['kaifaReports', outage.sources.kaifa],
    ['callReports', outage.sources.call_center],
  ]
    .filter(([, count]) => count > 0)
    .map(([key, count]) => language.counted(key, count));
  return language.text(outage.endedAt === null ? 'believed' : 'believedEnded', {
    device: outageNameText(language, outage),
    time: language.time(outage.startedAt, { seconds: true }),
    end: outage.endedAt === null ? '' : language.time(outage.endedAt, { seconds: true }),
    confidence: language.percent(outage.confidence),
    reports: reports.length === 0 ? '–' : language.list(reports),
  });
}

/**
 * The steps of a timeline as `{ at, type, description, facts }`, oldest first, with `facts` in the page's language.
 * Further reports that follow one another are one step at the time of the last: a storm has thousands of them.
 */
export function tellTimeline(language, timeline) {
  const steps = [];
  for (const entry of timeline) {
    const before = steps.at(-1);
    const isMore = entry.type === 'evidence_joined' && before?.type === 'evidence_joined';
    if (isMore) steps[steps.length - 1] = { ...entry, metadata: join(before.metadata, entry.metadata) };
    else steps.push(entry);
  }
  return steps.map(({ at, type, description, metadata }) => ({
    at,
    type,
    description,
    facts: factsOf(language, type, metadata),
  }));
}

function join(before, after) {
  const evidence = { ...before.evidence };
  for (const [source, count] of Object.entries(after.evidence ?? {})) {
    evidence[source] = (evidence[source] ?? 0) + count;
  }
  return { ...before, ...after, evidence };
}

function factsOf(language, type, metadata) {
  const { customers, customersOutNow, confidence, replacedBy, evidence = {} } = metadata;
  const facts = [];
  const now = newest(customersOutNow);
  if (typeof now === 'number' && type !== 'restored')
    facts.push(language.counted('customersWithoutSupply', now));
  else if (typeof customersOutNow?.from === 'number') {
    facts.push(language.counted('customersInterrupted', newest(customers) ?? customersOutNow.from));
  }
  const share = newest(confidence);
  if (typeof share === 'number') {
    facts.push(language.text('confidenceNow', { confidence: language.percent(share) }));
  }
  const into = newest(replacedBy);
  if (typeof into === 'string') facts.push(language.text('partOf', { outage: into }));
  for (const source of SOURCES) {
    const count = evidence[source] ?? 0;
    if (count > 0) facts.push(`${language.term('source', source)} ${language.number(count)}`);
  }
  return facts;
}

/** A field's newest value: the timeline has it plain where it is the first, else as `{ from, to }`. */
function newest(field) {
  return field !== null && typeof field === 'object' ? field.to : field;
}
