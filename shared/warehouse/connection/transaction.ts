import type { Connection, Pool } from "mysql2/promise";

/** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    return await inTransactionOn(connection, () => work(connection));
  } finally {
    connection.release();
  }
}

/** Runs `work` in one transaction of this connection: commits when it returns, rolls back when it throws. */
export async function inTransactionOn<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    await connection.beginTransaction();
    const result = await work();
    await connection.commit();
    return result;
  } catch (error) {
    // the server rolls back when a connection is lost; the first error is the one to report
    await connection.rollback().catch(() => undefined);
    throw error;
  }
}
