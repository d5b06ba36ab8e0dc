/** The kubectl of this machine in the sandbox. vitest.config.ts includes this file where there is one. */
import { describeKubectl } from "./cases.ts";

describeKubectl("the kubectl on the PATH", async () => "kubectl");
