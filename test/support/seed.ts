/**
 * The seed of all random cases. It is fixed, so that runs are repeatable and CI fails only because of a change.
 * `EKS_LAMBDA_SEED=$RANDOM npm test` tries other cases.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.EKS_LAMBDA_SEED ?? 20261125) });
