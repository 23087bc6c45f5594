import type { MessageNode } from '../../reading/message-node.ts';
import { EVENTS_NAMESPACE } from './node-parts.ts';

/**
 * An EndDeviceEvent as JSON that reads as the same event: what stands there twice is an array. Names are in their comparable
 * form, text beside elements is `#text`, and `#` stands before elements of other namespaces, which nobody reads.
 */
export function writeEventNode(node: MessageNode): unknown {
  const hasParts = node.children.length > 0 || node.attributes.length > 0;
  if (!hasParts) return node.text;
  const written: Record<string, unknown> = {};
  for (const { name, value } of node.attributes) written[`@${name}`] = value;
  for (const child of node.children) {
    const isOurs = child.namespace === null || child.namespace === '' || child.namespace === EVENTS_NAMESPACE;
    const key = isOurs ? child.name : `#${child.name}`;
    const before = written[key];
    const value = writeEventNode(child);
    if (before === undefined) written[key] = value;
    else if (Array.isArray(before)) before.push(value);
    else written[key] = [before, value];
  }
  if (node.text !== '') written['#text'] = node.text;
  return written;
}
