import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { TransientError } from "../../shared/errors/errors.ts";
import { boardSchema, EMPTY_BOARD, type Board } from "./board.ts";

/** The board is one item, so that every change is atomic. */
const KEY = { id: { S: "board" } };

/** Conflicts with other functions before an update fails. */
const MAX_TRIES = 10;

/** Stores the board in a table outside the warehouse, so that alerts are delivered when the warehouse is down. */
export class BoardStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /**
   * Changes the board. When another function changes it at the same time, the change is repeated on the new board.
   *
   * @param change must depend on the board only
   * @returns the result of `change`
   * @throws TransientError BOARD_BUSY after ten conflicts
   */
  async update<T extends { board: Board }>(change: (board: Board) => T): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { board, version } = await this.#read();
      const result = change(board);
      if (result.board === board || (await this.#write(result.board, version))) return result;
    }
    throw new TransientError(
      "BOARD_BUSY",
      `other functions changed table ${this.#table} at the same time, ${MAX_TRIES} times in a row`,
      {
        kind: "aws",
        retryAfterSeconds: 5,
      },
    );
  }

  async #read(): Promise<{ board: Board; version: number }> {
    const { Item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: KEY, ConsistentRead: true }),
    );
    if (Item === undefined) return { board: EMPTY_BOARD, version: 0 };
    return { board: boardSchema.parse(JSON.parse(Item["board"]?.S ?? "")), version: Number(Item["version"]?.N) };
  }

  async #write(board: Board, version: number): Promise<boolean> {
    try {
      await this.#client.send(
        new PutItemCommand({
          TableName: this.#table,
          Item: { ...KEY, version: { N: String(version + 1) }, board: { S: JSON.stringify(board) } },
          ConditionExpression: "attribute_not_exists(id) OR version = :version",
          ExpressionAttributeValues: { ":version": { N: String(version) } },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }
}
