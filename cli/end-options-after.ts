/** Marks everything after a command as its arguments, because these are the options of another program. */
export function endOptionsAfter(name: string, argv: readonly string[]): readonly string[] {
  const at = argv.findIndex((word, index) => !word.startsWith("-") && argv[index - 1] !== "--stage") + 1;
  if (argv[at - 1] !== name || ["--help", "-h"].includes(argv[at] ?? "")) return argv;
  return [...argv.slice(0, at), "--", ...argv.slice(at)];
}
