import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  type DynamoDBClient,
} from "@aws-sdk/client-dynamodb";
import { TransientError } from "../../shared/errors/errors.ts";
import { boardSchema, EMPTY_BOARD, type Board } from "./board.ts";

/** The board is one item: a change of it is seen whole or not at all. */
const KEY = { id: { S: "board" } };

/** Others may be quicker so many times in a row. */
const MAX_TRIES = 10;

/** Keeps the board in a table outside the warehouse, so that alerts leave when the warehouse is down. */
export class BoardStore {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /**
   * Changes the board. When another function changes it at the same time, the change is made again on what that one left.
   *
   * @param change must depend on nothing but the board
   * @returns what `change` gave
   * @throws TransientError BOARD_BUSY when others were quicker ten times
   */
  async update<T extends { board: Board }>(change: (board: Board) => T): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const { board, version } = await this.#read();
      const result = change(board);
      if (result.board === board || (await this.#write(result.board, version))) return result;
    }
    throw new TransientError("BOARD_BUSY", `table ${this.#table} was changed by others ${MAX_TRIES} times in a row`, {
      kind: "aws",
      retryAfterSeconds: 5,
    });
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
