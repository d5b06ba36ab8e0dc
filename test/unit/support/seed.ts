/**
 * The seed of all random cases. Fixed, so that a run can be repeated and CI fails for what a change broke alone;
 * `EKS_LAMBDA_SEED=$RANDOM npm test` tries other cases.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.EKS_LAMBDA_SEED ?? 20261125) });
