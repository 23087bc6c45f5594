import type { MessageNode } from '../../reading/message-node.ts';

/** Namespaces of the head-end's messages; prefixes vary and mean nothing. */
export const SOAP_NAMESPACE = 'http://schemas.xmlsoap.org/soap/envelope/';
export const MESSAGE_NAMESPACE = 'http://iec.ch/TC57/2011/schema/message';
export const EVENTS_NAMESPACE = 'http://iec.ch/TC57/2011/EndDeviceEvents#';

/**
 * True for a node that the namespace may claim: of that namespace, of none (a schema with unqualified elements), or from
 * JSON, which has none. An element of another namespace is somebody else's, whatever its name.
 */
function isOf(node: MessageNode, namespace: string): boolean {
  return node.namespace === namespace || node.namespace === null || node.namespace === '';
}

/** The children of that name, in order. */
export function partsOf(parent: MessageNode, namespace: string, name: string): readonly MessageNode[] {
  return parent.children.filter((child) => child.name === name && isOf(child, namespace));
}

/** The first child of that name, or undefined. */
export function partOf(
  parent: MessageNode | undefined,
  namespace: string,
  name: string,
): MessageNode | undefined {
  return parent?.children.find((child) => child.name === name && isOf(child, namespace));
}

/** The text of the child of the first of these names that has one; undefined where all are absent or blank. */
export function textPart(
  parent: MessageNode | undefined,
  namespace: string,
  ...names: readonly string[]
): string | undefined {
  for (const name of names) {
    const text = partOf(parent, namespace, name)?.text;
    if (text) return text;
  }
  return undefined;
}

/** The first of these names that stands there twice, and not blank; undefined when none does. */
export function repeatedPart(
  parent: MessageNode,
  namespace: string,
  names: ReadonlySet<string>,
): string | undefined {
  const seen = new Set<string>();
  for (const child of parent.children) {
    if (!names.has(child.name) || !isOf(child, namespace) || isBlank(child)) continue;
    if (seen.has(child.name)) return child.name;
    seen.add(child.name);
  }
  return undefined;
}

function isBlank(node: MessageNode): boolean {
  return node.text === '' && node.children.length === 0 && node.attributes.length === 0;
}
