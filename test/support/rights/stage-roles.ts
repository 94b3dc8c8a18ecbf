import type { IAMClient } from "@aws-sdk/client-iam";
import {
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  ListRolePoliciesCommand,
  paginateListRoles,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { grantsOf, policyOf, textOf, type Grant } from "./grant.ts";

/** The roles of a deployed environment: their rights, and a way to revoke single rights temporarily. */
export class StageRoles {
  /** By the name of the function. */
  readonly grants: ReadonlyMap<string, readonly Grant[]>;
  readonly #iam: IAMClient;
  readonly #prefix: string;
  readonly #policyNames: ReadonlyMap<string, string>;
  readonly #taken = new Map<string, Grant>();
  #last = Promise.resolve();

  private constructor(
    iam: IAMClient,
    prefix: string,
    { grants, policyNames }: { grants: Map<string, Grant[]>; policyNames: Map<string, string> },
  ) {
    this.#iam = iam;
    this.#prefix = prefix;
    this.grants = grants;
    this.#policyNames = policyNames;
  }

  /** Reads the deployed roles. @throws Error for a role that does not have exactly one inline policy */
  static async read(stage: string, iam: IAMClient): Promise<StageRoles> {
    const prefix = `baton-${stage}-`;
    const grants = new Map<string, Grant[]>();
    const policyNames = new Map<string, string>();
    for await (const { Roles = [] } of paginateListRoles({ client: iam }, {})) {
      for (const { RoleName = "" } of Roles.filter((each) => each.RoleName?.startsWith(prefix))) {
        const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
        const [PolicyName, ...more] = PolicyNames;
        if (PolicyName === undefined || more.length > 0) {
          throw new Error(`role ${RoleName} has ${PolicyNames.length} inline policies, the test takes one apart`);
        }
        const { PolicyDocument = "" } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        const role = RoleName.slice(prefix.length);
        grants.set(role, grantsOf(role, decodeURIComponent(PolicyDocument)));
        policyNames.set(role, PolicyName);
      }
    }
    return new StageRoles(iam, prefix, { grants, policyNames });
  }

  /** Revokes rights until they are restored. Other rights of the same role can be revoked at the same time. */
  async take(grants: readonly Grant[]): Promise<void> {
    for (const grant of grants) this.#taken.set(textOf(grant), grant);
    await this.#put(grants);
  }

  async restore(grants: readonly Grant[]): Promise<void> {
    for (const grant of grants) this.#taken.delete(textOf(grant));
    await this.#put(grants);
  }

  /** Runs updates one after the other, so that an older state never replaces a newer one. */
  async #put(changed: readonly Grant[]): Promise<void> {
    const roles = new Set(changed.map(({ role }) => role));
    this.#last = this.#last.then(async () => {
      for (const role of roles) {
        const left = (this.grants.get(role) ?? []).filter((grant) => !this.#taken.has(textOf(grant)));
        const policy = { RoleName: `${this.#prefix}${role}`, PolicyName: this.#policyNames.get(role) };
        // IAM rejects a policy without a statement
        if (left.length === 0) await this.#iam.send(new DeleteRolePolicyCommand(policy));
        else await this.#iam.send(new PutRolePolicyCommand({ ...policy, PolicyDocument: policyOf(left) }));
      }
    });
    await this.#last;
  }
}
