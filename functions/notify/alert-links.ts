/** An address that an alert names, to be clicked where a channel can. */
export interface AlertLink {
  label: string;
  url: string;
}

/** Lines that compose-alert writes; what comes from outside never begins a line. */
const LINK_LINE = /^(logs|console) +(https:\/\/[^\s<>|"]+)$/gm;

/** The addresses in an alert's text. */
export function alertLinks(text: string): AlertLink[] {
  return [...text.matchAll(LINK_LINE)].map(([, label = "", url = ""]) => ({ label, url }));
}
