import { patternOf } from "../errors/pattern-of.ts";
import { signsOf } from "../errors/signs-of.ts";
import { deniedAction, deniedResource } from "./denied-call.ts";

type Handler<Arguments, Result> = (args: Arguments) => Promise<Result>;

/** Any client of the AWS SDK. */
interface Explainable {
  middlewareStack: {
    add(
      middleware: <Arguments extends { input: object }, Result>(
        next: Handler<Arguments, Result>,
        context: { clientName?: string; commandName?: string },
      ) => Handler<Arguments, Result>,
      options: { step: "initialize"; name: string },
    ): void;
  };
}

/**
 * Adds the refused action and resource to a client's access errors: S3 answers a refused HEAD without a text, and SNS and
 * EventBridge name no resource for some calls. The error stays the SDK's own; AWS's text follows at its end.
 *
 * @returns the client
 */
export function explainDenials<Client extends Explainable>(client: Client): Client {
  client.middlewareStack.add(
    (next, { clientName = "", commandName = "" }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          if (error instanceof Error && patternOf(signsOf(error)).name === "access-denied") {
            const call = { clientName, commandName, input: args.input };
            const originalText = /^(Unknown\w*|Forbidden)?$/.test(error.message) ? "" : `: ${error.message}`;
            error.message = `AWS does not allow ${deniedAction(call)} on ${deniedResource(call)}${originalText}`;
            // the SDK's name for a HEAD's 403 without a body
            if (/^Unknown/.test(error.name)) error.name = "AccessDenied";
          }
          throw error;
        }
      },
    { step: "initialize", name: "explainDenials" },
  );
  return client;
}
