const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/** A name as Namespaces in XML 1.0 reads it. */
export interface ExpandedName {
  readonly local: string;
  /** Empty for none. */
  readonly namespace: string;
}

/**
 * The namespace declarations in force inside one element. A scope knows only its own and its parent: copying them for
 * each element would let a message of many declarations cost the square of its length.
 */
export interface NamespaceScope {
  readonly parent: NamespaceScope | null;
  readonly prefixes: ReadonlyMap<string, string>;
  /** Element names already resolved here. */
  readonly resolved: Map<string, ExpandedName>;
}

/** The scope outside of the root element. */
export function outermostScope(): NamespaceScope {
  return {
    parent: null,
    prefixes: new Map([
      ['', ''],
      ['xml', XML_NAMESPACE],
    ]),
    resolved: new Map(),
  };
}

/** The scope of an element with these attributes: the same where it declares nothing. Gives a text for a bad declaration. */
export function scopeWith(
  parent: NamespaceScope,
  attributes: Readonly<Record<string, string>>,
): NamespaceScope | string {
  let prefixes: Map<string, string> | null = null;
  for (const name in attributes) {
    const prefix = declaredPrefix(name);
    if (prefix === null) continue;
    const uri = attributes[name]!.trim();
    if (prefix === 'xmlns' || (prefix === 'xml') !== (uri === XML_NAMESPACE)) {
      return `the prefix ${prefix} cannot be declared so`;
    }
    if (prefix !== '' && uri === '') return `the prefix ${prefix} is declared without a namespace`;
    prefixes ??= new Map();
    prefixes.set(prefix, uri);
  }
  return prefixes === null ? parent : { parent, prefixes, resolved: new Map() };
}

/** The prefix that an attribute declares (empty for the default namespace); null for an attribute that declares none. */
export function declaredPrefix(attribute: string): string | null {
  if (!attribute.startsWith('xmlns')) return null;
  if (attribute.length === 5) return '';
  return attribute[5] === ':' ? attribute.slice(6) : null;
}

/** An element's name in its scope, or null where its prefix is not declared or the name has no such parts. */
export function elementName(scope: NamespaceScope, name: string): ExpandedName | null {
  const known = scope.resolved.get(name);
  if (known !== undefined) return known;
  const colon = name.indexOf(':');
  const found = expand(scope, name, colon, colon === -1 ? '' : name.slice(0, colon));
  if (found !== null) scope.resolved.set(name, found);
  return found;
}

/** An attribute's name in its element's scope, or null as above; without a prefix it is in no namespace. */
export function attributeName(scope: NamespaceScope, name: string): ExpandedName | null {
  const colon = name.indexOf(':');
  return colon === -1 ? { local: name, namespace: '' } : expand(scope, name, colon, name.slice(0, colon));
}

function expand(scope: NamespaceScope, name: string, colon: number, prefix: string): ExpandedName | null {
  if (colon === 0 || colon === name.length - 1 || name.indexOf(':', colon + 1) !== -1) return null;
  for (let at: NamespaceScope | null = scope; at !== null; at = at.parent) {
    const namespace = at.prefixes.get(prefix);
    if (namespace !== undefined) return { local: name.slice(colon + 1), namespace };
  }
  return null;
}
