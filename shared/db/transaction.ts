import type { Connection, Pool } from "mysql2/promise";

/** Runs `work` in one transaction: commits when it returns, rolls back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const result = await work(connection);
    await connection.commit();
    return result;
  } catch (error) {
    // a lost connection has rolled back by itself; the first error is the one to report
    await connection.rollback().catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
}
