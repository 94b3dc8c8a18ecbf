import { PermanentError } from "../../shared/errors/errors.ts";

/** A call that AWS may refuse. */
interface RefusedCall {
  /** What the call is about, such as `function baton-prod-replay`. */
  subject: string;
  /** What the caller wanted to do, such as `invoke baton-prod-replay`. */
  action: string;
  /** Error code when the caller has no permission. */
  code: "LOGS_NOT_ALLOWED" | "REPLAY_NOT_ALLOWED";
  /** The permission to ask for, in a sentence. */
  advice: string;
}

/** The error to throw for a refused call: nothing is deployed, or a permission is missing. Other errors stay as they are. */
export function explainRefusal(error: unknown, { subject, action, code, advice }: RefusedCall): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "ResourceNotFoundException") {
    return new PermanentError("STAGE_NOT_DEPLOYED", `there is no ${subject}`, {
      kind: "target",
      cause: error,
      advice: "Check --stage. If the environment is not deployed: deploy/deploy STAGE",
    });
  }
  if (error.name === "AccessDeniedException") {
    return new PermanentError(code, `AWS does not let you ${action}: ${error.message}`, {
      kind: "aws",
      cause: error,
      advice,
    });
  }
  return error;
}
