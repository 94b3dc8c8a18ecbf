/** A view of the source. */
export interface View {
  name: string;
  columns: readonly string[];
  select: string;
}

/** A trigger of the source; written after its table. */
export interface Trigger {
  name: string;
  table: string;
  when: string;
  body: string;
}

/** The DEFINER; other servers do not have this user. */
export const DEFINER = "`basis_admin`@`%`";

/** Views: the pipeline does not need them, but every dump has them. */
export const views: readonly View[] = [
  {
    name: "v_active_tenants",
    columns: ["id", "full_name", "status", "moving_id"],
    select:
      "select `tenants`.`id` AS `id`,`tenants`.`full_name` AS `full_name`,`tenants`.`status` AS `status`,`tenants`.`moving_id` AS `moving_id` " +
      "from `tenants` where (`tenants`.`status` in (7,9,10,13))",
  },
  {
    name: "v_room_vacancies",
    columns: ["apartment_id", "vacancies"],
    select:
      "select `rooms`.`apartment_id` AS `apartment_id`,count(0) AS `vacancies` from `rooms` " +
      "where ((`rooms`.`status` = 1) and (`rooms`.`moving_id` is null)) group by `rooms`.`apartment_id`",
  },
  {
    name: "movings_view",
    columns: ["id", "note"],
    select: "select `movings`.`id` AS `id`,concat('No.',`movings`.`id`,'; -- \\'open\\'') AS `note` from `movings`",
  },
];

/** Triggers with statements, quotes and comments inside, so that splitting at semicolons fails. */
export const triggers: readonly Trigger[] = [
  {
    name: "tenants_before_update",
    table: "tenants",
    when: "BEFORE UPDATE",
    body: `BEGIN
  -- keep the word out; it's the default
  IF NEW.full_name = 'NULL' THEN
    SET NEW.full_name = CONCAT(NEW.last_name, ' ', NEW.first_name);
  END IF;
END`,
  },
  {
    name: "movings_before_update",
    table: "movings",
    when: "BEFORE UPDATE",
    body: "SET NEW.moveout_date_integrated = COALESCE(NEW.moveout_plans_date, NEW.moveout_date)",
  },
];

/** A stored function and a procedure, each with the statement after DEFINER. */
export const routines: readonly { name: string; kind: "FUNCTION" | "PROCEDURE"; definition: string }[] = [
  {
    name: "age_of",
    kind: "FUNCTION",
    definition: `FUNCTION \`age_of\`(d date) RETURNS int
    DETERMINISTIC
BEGIN
  DECLARE years INT;
  SET years = TIMESTAMPDIFF(YEAR, d, CURDATE()); /* whole years; */
  RETURN years;
END`,
  },
  {
    name: "close_month",
    kind: "PROCEDURE",
    definition: `PROCEDURE \`close_month\`(IN month_text varchar(7))
BEGIN
  # nothing is booked here; "INSERT INTO \`cleared_balances\` VALUES (1);" is done by hand
  SELECT COUNT(*) FROM \`payments\` WHERE \`payment_month\` = month_text;
END`,
  },
];

/** A disabled event, so that loading a dump starts nothing. */
export const events: readonly { name: string; schedule: string; body: string }[] = [
  {
    name: "purge_api_requests",
    schedule: "EVERY 1 DAY STARTS '2021-04-01 03:00:00' ON COMPLETION PRESERVE DISABLE",
    body: "BEGIN\n  DELETE FROM `api_requests` WHERE `created_at` < NOW() - INTERVAL 90 DAY;\nEND",
  },
];
