/** What is out: the kind and code of the device, or of the meter whose own service it is; an outage of no known device has its id. */
export function outageName({ id, device, service }) {
  if (service !== null && service !== undefined) return { kind: 'service', code: service };
  return device === null ? { kind: null, code: id } : { kind: device.kind, code: device.id };
}

/** The same as a text. */
export function outageNameText(language, outage) {
  const { kind, code } = outageName(outage);
  return kind === null ? code : `${language.term('device', kind)} ${code}`;
}
