import type { TableContent } from "../table-content.ts";
import type { DumpStyle } from "./dump-format.ts";
import { asByteString, renderCell } from "./render-cell.ts";
import { quoteName, renderCreateTable } from "./render-create-table.ts";
import { renderHeading } from "./render-frame.ts";

/** mysqldump begins a new INSERT before its line grows beyond net_buffer_length. */
const MAX_STATEMENT_BYTES = 1_046_528;
/** Pieces are handed on when they have about this many characters. */
const PIECE_LENGTH = 1 << 16;

/** A piece of the dump's text; latin1 when each character is a byte already. */
export interface DumpPiece {
  text: string;
  encoding: "utf8" | "latin1";
}

function* renderInserts({ table, rows }: TableContent): Generator<DumpPiece> {
  const hasBytes = table.columns.some(({ notation }) => notation === "binary");
  const encoding = hasBytes ? "latin1" : "utf8";
  const name = `INSERT INTO ${quoteName(table.name)} VALUES `;
  const start = hasBytes ? asByteString(name) : name;
  const notations = table.columns.map(({ notation }) => notation);
  let text = "";
  let statementBytes = 0;
  for (const cells of rows()) {
    let row = "(";
    for (let index = 0; index < notations.length; index += 1) {
      const notation = notations[index] ?? "quoted";
      const cell = cells[index] ?? null;
      // beside raw bytes, text has to be bytes too
      const safe = hasBytes && typeof cell === "string" ? asByteString(cell) : cell;
      row += index === 0 ? renderCell(safe, notation) : `,${renderCell(safe, notation)}`;
    }
    row += ")";
    const bytes = Buffer.byteLength(row, encoding);
    if (statementBytes === 0) {
      text += start + row;
      statementBytes = start.length + bytes;
    } else if (statementBytes + bytes + 1 < MAX_STATEMENT_BYTES) {
      text += `,${row}`;
      statementBytes += bytes + 1;
    } else {
      text += `;\n${start}${row}`;
      statementBytes = start.length + bytes;
    }
    if (text.length > PIECE_LENGTH) {
      yield { text, encoding };
      text = "";
    }
  }
  if (statementBytes > 0) text += ";\n";
  if (text !== "") yield { text, encoding };
}

/** A table as mysqldump writes it: CREATE TABLE over many lines, then one INSERT a line, each about 1 MB. */
export function* renderTable(content: TableContent, style: DumpStyle): Generator<DumpPiece> {
  const { table, nextId } = content;
  const name = quoteName(table.name);
  const isFull = style.format === "full";
  const create =
    renderHeading(style, `Table structure for table ${name}`) +
    (isFull ? `DROP TABLE IF EXISTS ${name};\n` : "") +
    "/*!40101 SET @saved_cs_client     = @@character_set_client */;\n" +
    "/*!50503 SET character_set_client = utf8mb4 */;\n" +
    `${renderCreateTable(table, nextId)};\n` +
    "/*!40101 SET character_set_client = @saved_cs_client */;\n";
  const before = isFull
    ? `${renderHeading(style, `Dumping data for table ${name}`)}LOCK TABLES ${name} WRITE;\n/*!40000 ALTER TABLE ${name} DISABLE KEYS */;\n`
    : "";
  yield { text: create + before, encoding: "utf8" };
  yield* renderInserts(content);
  if (isFull) yield { text: `/*!40000 ALTER TABLE ${name} ENABLE KEYS */;\nUNLOCK TABLES;\n`, encoding: "utf8" };
}
