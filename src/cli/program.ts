/** The program that commander runs, made from the definitions of the commands. */
import { Command } from "commander";
import { commandGroups, commandOf } from "./command.ts";
import { definitions, parents } from "./definitions.ts";

export function program(): Command {
  const root = new Command("eks-lambda")
    .description("Set up and run an AWS Lambda function that acts on an Amazon EKS cluster")
    .version(VERSION, "-v, --version", "Show the version")
    .helpOption("-h, --help", "Show this help")
    .addHelpText("after", "\n`eks-lambda help COMMAND` shows the flags of a command, with examples.");
  for (const group of commandGroups) {
    root.commandsGroup(`${group}:`);
    for (const definition of definitions.filter((one) => one.group === group)) {
      const [parent = ""] = definition.name.split(" ");
      (definition.name === parent ? root : parentIn(root, parent)).addCommand(commandOf(definition));
    }
  }
  root.helpCommand("help [command]", "Show the help of a command");
  // main.ts shows errors, in the format of all others.
  for (const each of withAll(root))
    each
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ outputError: () => {} });
  return root;
}

function parentIn(root: Command, name: string): Command {
  const found = root.commands.find((one) => one.name() === name);
  if (found) return found;
  const made = new Command(name).description(parents[name] ?? "").helpOption("-h, --help", "Show this help");
  root.addCommand(made.helpCommand(false));
  return made;
}

const withAll = (of: Command): readonly Command[] => [of, ...of.commands.flatMap(withAll)];
