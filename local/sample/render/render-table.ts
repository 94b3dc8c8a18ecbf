import type { Cell, Notation } from "../schema/column.ts";
import type { TableContent } from "../table-content.ts";
import type { DumpBuffer } from "./dump-buffer.ts";
import type { DumpStyle } from "./dump-format.ts";
import { asByteString, renderCell } from "./render-cell.ts";
import { quoteName, renderCreateTable } from "./render-create-table.ts";
import { renderHeading } from "./render-frame.ts";

/** mysqldump starts a new INSERT before the line exceeds net_buffer_length. */
const MAX_STATEMENT_BYTES = 1_046_528;

function renderRow(cells: readonly Cell[], notations: readonly Notation[], hasBytes: boolean): string {
  let row = "(";
  let isFirst = true;
  for (let index = 0; index < notations.length; index += 1) {
    const cell = cells[index] ?? null;
    // in a row with raw bytes, text must be bytes as well
    const safe = hasBytes && typeof cell === "string" ? asByteString(cell) : cell;
    const text = renderCell(safe, notations[index] ?? "text");
    row += isFirst ? text : `,${text}`;
    isFirst = false;
  }
  return `${row})`;
}

function* renderInserts({ table, rows }: TableContent, buffer: DumpBuffer): Generator<Buffer> {
  const hasBytes = table.columns.some(({ notation }) => notation === "binary");
  const encoding = hasBytes ? "latin1" : "utf8";
  const start = `INSERT INTO ${quoteName(table.name)} VALUES `;
  const notations = table.columns.map(({ notation }) => notation);
  let statementBytes = 0;
  for (const cells of rows()) {
    buffer.add(statementBytes === 0 ? start : ",");
    const bytes = buffer.add(renderRow(cells, notations, hasBytes), encoding);
    if (statementBytes === 0) {
      statementBytes = start.length + bytes;
    } else if (statementBytes + bytes + 1 < MAX_STATEMENT_BYTES) {
      statementBytes += bytes + 1;
    } else {
      buffer.replaceBefore(bytes, `;\n${start}`);
      statementBytes = start.length + bytes;
    }
    if (buffer.isFull) yield buffer.take();
  }
  if (statementBytes > 0) buffer.add(";\n");
}

/**
 * A table as mysqldump writes it: CREATE TABLE over several lines, then one INSERT per line, each of about 1 MB.
 *
 * @yields full buffers; the remaining bytes stay in the given buffer
 */
export function* renderTable(content: TableContent, style: DumpStyle, buffer: DumpBuffer): Generator<Buffer> {
  const { table, nextId } = content;
  const name = quoteName(table.name);
  const isFull = style.format === "full";
  buffer.add(renderHeading(style, `Table structure for table ${name}`));
  if (isFull) buffer.add(`DROP TABLE IF EXISTS ${name};\n`);
  buffer.add(
    "/*!40101 SET @saved_cs_client     = @@character_set_client */;\n" +
      "/*!50503 SET character_set_client = utf8mb4 */;\n" +
      `${renderCreateTable(table, nextId)};\n` +
      "/*!40101 SET character_set_client = @saved_cs_client */;\n",
  );
  buffer.add(renderHeading(style, `Dumping data for table ${name}`));
  if (isFull) buffer.add(`LOCK TABLES ${name} WRITE;\n/*!40000 ALTER TABLE ${name} DISABLE KEYS */;\n`);
  yield* renderInserts(content, buffer);
  if (isFull) buffer.add(`/*!40000 ALTER TABLE ${name} ENABLE KEYS */;\nUNLOCK TABLES;\n`);
}
