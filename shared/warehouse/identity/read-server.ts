import type { Connection, RowDataPacket } from "mysql2/promise";
import { errnoOf } from "../connection/errno-of.ts";
import { rdsEndpointOf } from "./rds-endpoint.ts";

/** Identity of the server that answers. */
export interface ServerFacts {
  /** The server's name, such as `server_uuid=...`; on Aurora the instance's. */
  name: string;
  /**
   * Names, in the same form, of all servers that share its storage, itself included: on Aurora the cluster's instances and
   * its writer endpoint.
   */
  members: readonly string[];
  isReadOnly: boolean;
}

interface VariableRow extends RowDataPacket {
  Variable_name: string;
  Value: string;
}

const AURORA = "aurora_server_id";
/**
 * A server of the local stack has an identity of its own as `report_host`, because MariaDB's `server_uid` depends on the
 * address of the first network interface, which changes with the network.
 */
export const LOCAL_SERVER_PREFIX = "baton-local-";
/** A member of an Aurora cluster's identity that is its writer endpoint. */
export const AURORA_ENDPOINT_MEMBER = "aurora_endpoint=";
/** Access denied, or no such table for this user. */
const HIDDEN = new Set([1044, 1045, 1109, 1142, 1143, 1146, 1227]);
const READ_ONLY = ["innodb_read_only", "read_only", "super_read_only"];

/**
 * Reads the identity of a server; writes nothing.
 *
 * @param host name by which the server was reached
 * @see docs/decisions/warehouse/020 for which servers can be distinguished
 */
export async function readServer(connection: Pick<Connection, "query">, host: string): Promise<ServerFacts> {
  const [rows] = await connection.query<VariableRow[]>("SHOW GLOBAL VARIABLES WHERE Variable_name IN (?)", [
    [AURORA, "server_uuid", "server_uid", "datadir", "report_host", ...READ_ONLY],
  ]);
  const values = new Map(rows.map((row) => [row.Variable_name, row.Value]));
  const isReadOnly = READ_ONLY.some((name) => ["ON", "1"].includes(values.get(name) ?? ""));
  const instance = values.get(AURORA);
  if (instance !== undefined) {
    return { name: auroraName(instance), members: await readAuroraMembers(connection, instance, host), isReadOnly };
  }
  const name = nameOf(values);
  return { name, members: [name], isReadOnly };
}

function auroraName(instance: string): string {
  return `${AURORA}=${instance}`;
}

function nameOf(values: ReadonlyMap<string, string>): string {
  const uuid = values.get("server_uuid");
  if (uuid !== undefined) return `server_uuid=${uuid}`;
  const own = values.get("report_host");
  if (own?.startsWith(LOCAL_SERVER_PREFIX) === true) return `report_host=${own}`;
  // MariaDB derives it from host and port alone: the data directory distinguishes a copy started at the same place
  return `server_uid=${values.get("server_uid") ?? "unknown"} datadir=${values.get("datadir") ?? "unknown"}`;
}

/**
 * The cluster's instances, and its writer endpoint. Where the server does not show its instances to this user, only the
 * endpoint connects the instances before and after a failover.
 *
 * @see Aurora User Guide, "information_schema.replica_host_status"
 */
async function readAuroraMembers(
  connection: Pick<Connection, "query">,
  instance: string,
  host: string,
): Promise<string[]> {
  const rows = await connection
    .query<(RowDataPacket & { id: string })[]>("SELECT SERVER_ID AS id FROM information_schema.replica_host_status")
    .then(([shown]) => shown)
    .catch((error: unknown) => {
      if (HIDDEN.has(errnoOf(error) ?? 0)) return [];
      throw error;
    });
  const instances = [...new Set([instance, ...rows.map(({ id }) => id)])].sort().map(auroraName);
  const isHidden = !rows.some(({ id }) => id === instance);
  return isHidden && rdsEndpointOf(host)?.isWriter === true
    ? [...instances, `${AURORA_ENDPOINT_MEMBER}${host.toLowerCase()}`]
    : instances;
}
