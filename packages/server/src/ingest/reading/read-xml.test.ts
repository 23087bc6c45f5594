import { describe, expect, test } from 'vitest';
import { readXml } from './read-xml.ts';

const refusal = (text: string) => {
  const read = readXml(text);
  return read.ok ? 'accepted' : read.error.code;
};
const reason = (text: string) => {
  const read = readXml(text);
  return read.ok ? 'accepted' : read.error.reason;
};

describe('an XML document', () => {
  test('is read into names by namespace, attributes and texts', () => {
    const read = readXml(
      '<?xml version="1.0" encoding="utf-8"?><a:Root xmlns:a="urn:a" xmlns="urn:d"><m_RID>  x<!-- c -->y <![CDATA[<z>]]></m_RID>' +
        '<b:T xmlns:b="urn:b" ref=" 3.26 " b:k="&lt;"/><None xmlns=""/></a:Root>',
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        name: 'root',
        namespace: 'urn:a',
        children: [
          { name: 'mrid', namespace: 'urn:d', text: 'xy <z>' },
          {
            name: 't',
            namespace: 'urn:b',
            attributes: [
              { name: 'ref', namespace: '', value: '3.26' },
              { name: 'k', namespace: 'urn:b', value: '<' },
            ],
          },
          { name: 'none', namespace: '' },
        ],
      },
    });
  });

  test.each([
    ['a DOCTYPE', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['a bare DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a processing instruction', '<?php echo 1 ?><a/>'],
    ['a style sheet', '<?xml version="1.0"?><?xml-stylesheet href="http://example.org/x.xsl"?><a/>'],
    ['65 levels', '<a>'.repeat(65) + '</a>'.repeat(65)],
    ['20,000 levels', '<a xmlns:x="u">'.repeat(20_000)],
    ['100,001 elements', `<a>${'<b/>'.repeat(100_000)}</a>`],
    ['257 attributes', `<a ${Array.from({ length: 257 }, (_, at) => `a${at}=""`).join(' ')}/>`],
    ['a text of more than 64 K characters', `<a>${'x'.repeat(65_537)}</a>`],
    ['such a text in pieces', `<a>${`${'x'.repeat(9000)}<b/>`.repeat(8)}</a>`],
    ['such a text as CDATA', `<a><![CDATA[${'x'.repeat(65_537)}]]></a>`],
  ])('with %s is refused for safety', (_what, text) => {
    expect(refusal(text)).toBe('unsafe_content');
  });

  test('at those limits is taken', () => {
    expect(refusal('<a>'.repeat(64) + '</a>'.repeat(64))).toBe('accepted');
    expect(refusal(`<a>${'<b/>'.repeat(99_999)}</a>`)).toBe('accepted');
    expect(refusal(`<a ${Array.from({ length: 256 }, (_, at) => `a${at}=""`).join(' ')}/>`)).toBe('accepted');
    expect(refusal(`<a>${'x'.repeat(65_536)}</a>`)).toBe('accepted');
  });

  test.each([
    ['an open element', '<a><b></a>'],
    ['nothing', ''],
    ['no element', '<?xml version="1.0"?>'],
    ['a second root', '<a/><b/>'],
    ['text outside of the root', '<a/>x'],
    ['an undefined entity', '<a>&nbsp;</a>'],
    ['an entity named as a method of objects', '<a>&constructor;</a>'],
    ['a reference to NUL', '<a>&#0;</a>'],
    ['a reference to half of a surrogate pair', '<a>&#xD800;</a>'],
    ['an attribute twice', '<a b="" b=""/>'],
    ['an attribute twice under two prefixes', '<a xmlns:x="u" xmlns:y="u" x:b="" y:b=""/>'],
    ['an undeclared prefix', '<x:a/>'],
    ['an undeclared prefix of an attribute', '<a x:b=""/>'],
    ['a prefix declared in a sibling only', '<a><b xmlns:x="u"/><x:c/></a>'],
    ['a prefix without namespace', '<a xmlns:x=""/>'],
    ['the reserved prefix declared', '<a xmlns:xmlns="u"/>'],
    ['two colons in a name', '<a xmlns:x="u"><x:b:c/></a>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
  ])('with %s is refused as no XML', (_what, text) => {
    expect(refusal(text)).toBe('invalid_xml');
    expect(reason(text)).toMatch(/^The message is not XML: [ -~]+\.$/);
  });

  test('that says it is in another encoding is refused', () => {
    expect(refusal('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')).toBe('not_text');
    expect(refusal('<?xml version="1.0" encoding="UTF-16"?><a/>')).toBe('not_text');
    expect(refusal("<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>")).toBe('accepted');
  });

  test('with names of object methods as elements and attributes is read like any other', () => {
    const read = readXml(
      '<__proto__ constructor="x" toString="y"><hasOwnProperty>z</hasOwnProperty></__proto__>',
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        name: 'proto',
        attributes: [{ name: 'constructor' }, { name: 'tostring' }],
        children: [{ text: 'z' }],
      },
    });
  });

  test('says where it broke', () => {
    expect(reason('<a>\n  <b>\n</a>')).toBe(
      'The message is not XML: unexpected close tag (line 3, column 4).',
    );
  });
});
