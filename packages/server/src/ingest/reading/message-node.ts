import { longNumberText } from './exact-number.ts';
import { isJsonObject } from './json-object.ts';

/** A named part of a message, read from XML or JSON: what both formats of one provider are extracted from. */
export interface MessageNode {
  /** The local name in its comparable form (`nodeName`). */
  readonly name: string;
  /** Namespace of an element, empty for none; null for a node read from JSON, which has no namespaces. */
  readonly namespace: string | null;
  readonly attributes: readonly NodeAttribute[];
  readonly children: readonly MessageNode[];
  /** The node's own text, without blanks around it. */
  readonly text: string;
}

export interface NodeAttribute {
  readonly name: string;
  readonly namespace: string | null;
  readonly value: string;
}

const NO_ATTRIBUTES: readonly NodeAttribute[] = [];
const NO_CHILDREN: readonly MessageNode[] = [];

/**
 * The form in which names are compared, so that one field has one name in every spelling: without prefix and leading `@`,
 * in lower case, without `_` and `-`. `ns2:mRID`, `m_rid` and `mRID` are all `mrid`.
 */
export function nodeName(name: string): string {
  return name
    .slice(name.lastIndexOf(':') + 1)
    .replace(/^@|[_-]/g, '')
    .toLowerCase();
}

/**
 * A JSON value as the node `name`: a key is a child, a key that begins with `@` an attribute, an array repeats the node,
 * null is nothing. Gives no node for null and an empty array.
 */
export function nodesFromJson(name: string, value: unknown): readonly MessageNode[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => nodesFromJson(name, item));
  const comparable = nodeName(name);
  if (!isJsonObject(value)) {
    const text = (longNumberText(value) ?? String(value)).trim();
    return [{ name: comparable, namespace: null, attributes: NO_ATTRIBUTES, children: NO_CHILDREN, text }];
  }
  const attributes: NodeAttribute[] = [];
  const children: MessageNode[] = [];
  for (const [key, inner] of Object.entries(value)) {
    for (const node of nodesFromJson(key, inner)) {
      if (!key.startsWith('@')) children.push(node);
      else attributes.push({ name: node.name, namespace: null, value: node.text });
    }
  }
  return [{ name: comparable, namespace: null, attributes, children, text: '' }];
}
