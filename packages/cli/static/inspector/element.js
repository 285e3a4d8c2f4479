// @ts-check

/**
 * Makes an element. Text goes in as text: nothing that a page sent can become markup.
 * @param {string} tag `div`, or with classes `div.a.b`
 * @param {Record<string, string | undefined>} attributes
 * @param {(Node | string | false | undefined)[]} children
 */
export function element(tag, attributes = {}, ...children) {
  const [name = 'div', ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length > 0) node.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child !== false && child !== undefined));
  return node;
}

/** @param {string} id */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no #${id}`);
  return node;
}
