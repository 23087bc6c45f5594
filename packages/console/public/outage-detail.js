import { element, isolated } from './element.js';
import { getJson } from './live-outages.js';

const SHOWN_EVIDENCE = 100;

/** Opens the dialog that says why an outage is believed. */
export async function showOutageDetail(id, language) {
  const outage = await getJson(`/api/outages/${encodeURIComponent(id)}`);
  const part = (name) => document.getElementById(`detail-${name}`);
  part('title').textContent = outage.id;
  part('explanation').textContent = outage.explanation ?? '';
  part('timeline').replaceChildren(
    ...outage.timeline.map((entry) => line(entry.at, language, isolated(entry.description))),
  );
  part('more').textContent =
    outage.evidenceCount > SHOWN_EVIDENCE
      ? language.word('evidenceShown', {
          shown: language.number(SHOWN_EVIDENCE),
          count: language.number(outage.evidenceCount),
        })
      : '';
  part('evidence').replaceChildren(
    ...outage.evidence
      .slice(0, SHOWN_EVIDENCE)
      .map((one) =>
        line(
          one.eventAt,
          language,
          `${language.word(one.source)} · `,
          isolated([one.eventType, one.says, one.meterNumber].filter(Boolean).join(' · ')),
        ),
      ),
  );
  const dialog = document.getElementById('detail');
  document.getElementById('detail-close').onclick = () => dialog.close();
  if (!dialog.open) dialog.showModal();
}

function line(at, language, ...content) {
  return element(
    'li',
    {},
    element('time', { datetime: at, title: language.exactTime(at), dir: 'ltr' }, language.time(at)),
    ' ',
    ...content,
  );
}
