import { PermanentError } from "../../shared/errors/errors.ts";

/** Names of errors that the SDK raises for credentials that are missing, expired or unknown. */
const CREDENTIALS = new Set([
  "CredentialsProviderError",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
]);

/** Replaces the SDK's error about a missing region or missing credentials by one that names the setting. */
export function explainAwsAccess(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  // an empty AWS_REGION is not accepted
  const isRegion = /^Region (is missing|not accepted)/.test(error.message);
  if (!isRegion && !CREDENTIALS.has(error.name)) return error;
  const message = isRegion ? "no valid AWS region is set" : `no valid AWS credentials: ${error.message}`;
  return new PermanentError("AWS_NOT_CONFIGURED", message, {
    kind: "aws",
    cause: error,
    advice: "Set AWS_REGION and AWS_PROFILE, or sign in. To check: aws sts get-caller-identity",
  });
}
