import { DEFINER, events, routines, triggers, views, type View } from "../schema/programs.ts";
import type { DumpStyle } from "./dump-format.ts";
import { quoteName } from "./render-create-table.ts";
import { renderHeading } from "./render-frame.ts";

const SQL_MODE =
  "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

function saveSession(end: string): string {
  return [
    "/*!50003 SET @saved_cs_client      = @@character_set_client */",
    "/*!50003 SET @saved_cs_results     = @@character_set_results */",
    "/*!50003 SET @saved_col_connection = @@collation_connection */",
    "/*!50003 SET character_set_client  = utf8mb4 */",
    "/*!50003 SET character_set_results = utf8mb4 */",
    "/*!50003 SET collation_connection  = utf8mb4_unicode_ci */",
    "/*!50003 SET @saved_sql_mode       = @@sql_mode */",
    `/*!50003 SET sql_mode              = '${SQL_MODE}' */`,
  ]
    .map((line) => `${line} ${end}\n`)
    .join("");
}

function restoreSession(end: string): string {
  return [
    "/*!50003 SET sql_mode              = @saved_sql_mode */",
    "/*!50003 SET character_set_client  = @saved_cs_client */",
    "/*!50003 SET character_set_results = @saved_cs_results */",
    "/*!50003 SET collation_connection  = @saved_col_connection */",
  ]
    .map((line) => `${line} ${end}\n`)
    .join("");
}

/** The triggers of a table, between DELIMITER lines. */
export function renderTriggers(table: string): string {
  return triggers
    .filter((trigger) => trigger.table === table)
    .map(
      ({ name, when, body }) =>
        saveSession(";") +
        "DELIMITER ;;\n" +
        `/*!50003 CREATE*/ /*!50017 DEFINER=${DEFINER}*/ /*!50003 TRIGGER ${quoteName(name)} ${when} ON ${quoteName(table)} FOR EACH ROW ${body} */;;\n` +
        "DELIMITER ;\n" +
        restoreSession(";"),
    )
    .join("");
}

function renderEvents(style: DumpStyle): string {
  const bodies = events.map(
    ({ name, schedule, body }) =>
      (style.format === "full" ? `/*!50106 DROP EVENT IF EXISTS ${quoteName(name)} */;\n` : "") +
      "DELIMITER ;;\n" +
      saveSession(";;") +
      "/*!50003 SET @saved_time_zone      = @@time_zone */ ;;\n" +
      "/*!50003 SET time_zone             = 'SYSTEM' */ ;;\n" +
      `/*!50106 CREATE*/ /*!50117 DEFINER=${DEFINER}*/ /*!50106 EVENT ${quoteName(name)} ON SCHEDULE ${schedule} DO ${body} */ ;;\n` +
      "/*!50003 SET time_zone             = @saved_time_zone */ ;;\n" +
      restoreSession(";;") +
      "DELIMITER ;\n",
  );
  return (
    renderHeading(style, `Dumping events for database '${style.database}'`) +
    "/*!50106 SET @save_time_zone= @@TIME_ZONE */ ;\n" +
    bodies.join("") +
    "/*!50106 SET TIME_ZONE= @save_time_zone */ ;\n"
  );
}

function renderRoutines(style: DumpStyle): string {
  const bodies = routines.map(
    ({ name, kind, definition }) =>
      (style.format === "full" ? `/*!50003 DROP ${kind} IF EXISTS ${quoteName(name)} */;\n` : "") +
      saveSession(";") +
      `DELIMITER ;;\nCREATE DEFINER=${DEFINER} ${definition} ;;\nDELIMITER ;\n` +
      restoreSession(";"),
  );
  return renderHeading(style, `Dumping routines for database '${style.database}'`) + bodies.join("");
}

/** The placeholder of a view, at the view's position in the sorted tables. */
export function renderViewPlaceholder({ name, columns }: View, style: DumpStyle): string {
  const list = columns.map((column) => ` 1 AS ${quoteName(column)}`).join(",\n");
  return (
    renderHeading(style, `Temporary view structure for view ${quoteName(name)}`) +
    (style.format === "full"
      ? `DROP TABLE IF EXISTS ${quoteName(name)};\n/*!50001 DROP VIEW IF EXISTS ${quoteName(name)}*/;\n`
      : "") +
    "SET @saved_cs_client     = @@character_set_client;\n" +
    "/*!50503 SET character_set_client = utf8mb4 */;\n" +
    `/*!50001 CREATE VIEW ${quoteName(name)} AS SELECT \n${list}*/;\n` +
    "SET character_set_client = @saved_cs_client;\n"
  );
}

function renderView({ name, select }: View, style: DumpStyle): string {
  return (
    renderHeading(style, `Final view structure for view ${quoteName(name)}`) +
    `/*!50001 DROP VIEW IF EXISTS ${quoteName(name)}*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_unicode_ci */;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=${DEFINER} SQL SECURITY DEFINER */
/*!50001 VIEW ${quoteName(name)} AS ${select} */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
`
  );
}

/** Events, routines and final views: the text after the last table. */
export function renderPrograms(style: DumpStyle): string {
  const use = style.format === "compact" ? `\nUSE ${quoteName(style.database)};\n` : "";
  return renderEvents(style) + renderRoutines(style) + use + views.map((view) => renderView(view, style)).join("");
}
