import { err, ok, type Rejection, type RejectionCode, type Result } from '@lastgasp/model';
import { SaxesParser, type SaxesTagPlain, type XMLDecl } from 'saxes';
import { type MessageNode, type NodeAttribute, nodeName } from './message-node.ts';
import { quoted, reject } from './reject.ts';
import {
  attributeName,
  declaredPrefix,
  elementName,
  type NamespaceScope,
  outermostScope,
  scopeWith,
} from './xml-names.ts';

/** Limits of ASVS 5 and the utility's own: a real envelope has 8 levels, 40 elements an event and one attribute. */
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 100_000;
const MAX_ATTRIBUTES = 256;
const MAX_TEXT_CHARACTERS = 64 * 1024;

const UTF8_LABELS: readonly string[] = ['utf-8', 'utf8'];

/** Stops the parser from inside one of its callbacks; never leaves this file. */
class XmlFault extends Error {
  readonly code: RejectionCode;
  constructor(code: RejectionCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface OpenElement extends MessageNode {
  children: MessageNode[];
  text: string;
  readonly scope: NamespaceScope;
}

const NO_ATTRIBUTES: readonly NodeAttribute[] = [];

/**
 * The root element of an XML 1.0 document with namespaces. Refuses what is not well-formed, a DOCTYPE, processing
 * instructions, any encoding label but UTF-8, nesting beyond 64, more than 100,000 elements, 256 attributes of one
 * element, and 64 K characters of one element's text. Opens nothing: no entity but XML's five is known.
 *
 * Namespaces are resolved here and not by saxes, whose own resolution costs a sixth and is quadratic in depth.
 */
export function readXml(text: string): Result<MessageNode, Rejection> {
  try {
    return ok(parse(text));
  } catch (cause) {
    if (cause instanceof XmlFault) return err(reject(cause.code, null, cause.message));
    throw cause;
  }
}

/**
 * At most seven handlers, always set in this order: saxes keeps each as a property of the parser, and from the eighth on
 * V8 turns that object into a dictionary, which costs 75 µs an event where this costs 20.
 */
function parse(text: string): MessageNode {
  const parser = new SaxesParser({ xmlns: false, position: true });
  const open: OpenElement[] = [];
  const outermost = outermostScope();
  const names = new Map<string, string>();
  let root: MessageNode | null = null;
  let elements = 0;

  parser.on('error', (error) => {
    throw malformed(error.message);
  });
  parser.on('doctype', () => {
    throw unsafe('has a DOCTYPE, which is refused');
  });
  parser.on('processinginstruction', () => {
    throw unsafe('has a processing instruction, which is refused');
  });
  parser.on('opentag', (tag) => {
    if (elements === 0) checkDeclaration(parser.xmlDecl);
    elements++;
    if (elements > MAX_ELEMENTS) throw unsafe(`has more than ${MAX_ELEMENTS} elements`);
    if (open.length === MAX_DEPTH) throw unsafe(`is nested more than ${MAX_DEPTH} levels deep`);
    const parent = open.at(-1);
    const element = openElement(tag, parent?.scope ?? outermost, names);
    if (parent === undefined) root = element;
    else parent.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    const element = open.pop()!;
    element.text = element.text.trim();
  });
  const addText = (piece: string) => {
    const element = open.at(-1);
    if (element === undefined) return;
    element.text += piece;
    if (element.text.length > MAX_TEXT_CHARACTERS) {
      throw unsafe(`has a text of more than ${MAX_TEXT_CHARACTERS} characters`);
    }
  };
  parser.on('text', addText);
  parser.on('cdata', addText);

  parser.write(text).close();
  if (root === null) throw malformed('it has no root element');
  return root;
}

function checkDeclaration({ version, encoding }: XMLDecl): void {
  if (version !== undefined && version !== '1.0') {
    throw malformed(`XML version ${quoted(version)} is not 1.0`);
  }
  if (encoding !== undefined && !UTF8_LABELS.includes(encoding.toLowerCase())) {
    throw new XmlFault(
      'not_text',
      `The message says that it is in ${quoted(encoding)}; only UTF-8 is taken.`,
    );
  }
}

function openElement(tag: SaxesTagPlain, outer: NamespaceScope, names: Map<string, string>): OpenElement {
  const attributes = countAttributes(tag.attributes);
  if (attributes > MAX_ATTRIBUTES) {
    throw unsafe(`has an element with more than ${MAX_ATTRIBUTES} attributes`);
  }
  const hasAttributes = attributes > 0;
  const scope = hasAttributes ? scopeWith(outer, tag.attributes) : outer;
  if (typeof scope === 'string') throw malformed(scope);
  const expanded = elementName(scope, tag.name);
  if (expanded === null) throw malformed(`the element ${quoted(tag.name)} has a prefix that is not declared`);
  let name = names.get(expanded.local);
  if (name === undefined) {
    name = nodeName(expanded.local);
    names.set(expanded.local, name);
  }
  return {
    name,
    namespace: expanded.namespace,
    attributes: hasAttributes ? readAttributes(tag.attributes, scope) : NO_ATTRIBUTES,
    children: [],
    text: '',
    scope,
  };
}

function countAttributes(attributes: Readonly<Record<string, string>>): number {
  let count = 0;
  for (const _ in attributes) count++;
  return count;
}

function readAttributes(
  attributes: Readonly<Record<string, string>>,
  scope: NamespaceScope,
): readonly NodeAttribute[] {
  const read: NodeAttribute[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(attributes)) {
    if (declaredPrefix(name) !== null) continue;
    const expanded = attributeName(scope, name);
    if (expanded === null) throw malformed(`the attribute ${quoted(name)} has a prefix that is not declared`);
    const key = `${expanded.namespace} ${expanded.local}`;
    if (seen.has(key)) throw malformed(`the attribute ${quoted(name)} is given twice`);
    seen.add(key);
    read.push({ name: nodeName(expanded.local), namespace: expanded.namespace, value: value.trim() });
  }
  return read;
}

/** saxes begins its complaints with line and column, and quotes names of the message in some. */
function malformed(complaint: string): XmlFault {
  const [, line, column, rest] = /^(\d+):(\d+): (.*)$/s.exec(complaint) ?? [];
  if (rest === undefined) return new XmlFault('invalid_xml', `The message is not XML: ${complaint}.`);
  const plain = /^[ -~]{1,100}$/.test(rest) ? rest.replace(/\.$/, '') : 'it is malformed';
  return new XmlFault('invalid_xml', `The message is not XML: ${plain} (line ${line}, column ${column}).`);
}

function unsafe(complaint: string): XmlFault {
  return new XmlFault('unsafe_content', `The message ${complaint}.`);
}
