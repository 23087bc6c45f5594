/** An element with text or children; what providers sent is only ever set as text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A code or name kept in its own direction inside a line of the other. */
export const isolated = (text) => element('bdi', {}, text);
