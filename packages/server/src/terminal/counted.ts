/** A number with the word for what is counted: `1 message`, `2 messages`, `12,000 events`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}
