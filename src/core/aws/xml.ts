/** Reads the XML of a query service: elements in elements, and text. Attributes and entities are left out. */
export interface Element {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Element[];
}

interface Open extends Element {
  readonly children: Open[];
  text: string;
}

/** No part can match what the next one does, so that a long answer takes no long time. */
const tags = /<(\/?)([A-Za-z][\w.:-]*)((?:[\s/][^<>]*)?)>([^<]*)/g;

/** Throws `SyntaxError` for anything else, such as a web page. */
export function parseXml(xml: string): Element {
  const root: Open = { name: "", text: "", children: [] };
  const open = [root];
  for (const [, end, name = "", rest = "", text = ""] of xml.matchAll(tags)) {
    if (end) {
      if (open.pop()?.name !== name || open.length === 0) throw new SyntaxError(`</${name}> ends no element`);
      continue;
    }
    const element: Open = { name, text, children: [] };
    open.at(-1)?.children.push(element);
    if (!rest.endsWith("/")) open.push(element);
  }
  const [document] = root.children;
  if (open.length > 1 || !document) throw new SyntaxError("not XML");
  return document;
}

export const childrenOf = (element: Element | undefined, name: string): readonly Element[] =>
  element?.children.filter((child) => child.name === name) ?? [];

export const childOf = (element: Element | undefined, name: string): Element | undefined =>
  childrenOf(element, name)[0];

/** The items of a set, which AWS puts into one element. */
export const itemsOf = (element: Element | undefined, name: string): readonly Element[] =>
  childrenOf(childOf(element, name), "item");

export const textOf = (element: Element | undefined, name: string): string => childOf(element, name)?.text ?? "";
