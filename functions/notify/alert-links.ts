/** An address in an alert, shown as a link where a channel supports links. */
export interface AlertLink {
  label: string;
  url: string;
}

/** Lines that compose-alert writes; text from outside never begins a line. */
const LINK_LINE = /^(logs|console) +(https:\/\/[^\s<>|"]+)$/gm;

/** The addresses in an alert's text. */
export function alertLinks(text: string): AlertLink[] {
  return [...text.matchAll(LINK_LINE)].map(([, label = "", url = ""]) => ({ label, url }));
}
