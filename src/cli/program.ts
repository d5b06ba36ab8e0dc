/** The program that commander runs, made from the definitions of the commands. */
import { Command, Help, type HelpConfiguration } from "commander";
import { commandGroups, commandOf, helpWidth, inLines } from "./command.ts";
import { definitions, parents } from "./definitions.ts";

/** Where a terminal is too narrow for two columns, a description goes below its flag. */
const help: HelpConfiguration = {
  minWidthToWrap: 20,
  formatItem(...item: Parameters<Help["formatItem"]>) {
    const [term, termWidth, description, helper] = item;
    const width = helper.helpWidth ?? 80;
    if (!description || width - termWidth >= 40) return Help.prototype.formatItem.apply(this as Help, item);
    return `  ${term}\n${helper.boxWrap(description, width - 6).replace(/^/gm, "      ")}`;
  },
};

/** `all`: the help has every flag. */
export function program({ all = false } = {}): Command {
  const root = new Command("eks-lambda")
    .description("Set up and run an AWS Lambda function that acts on an Amazon EKS cluster")
    .version(VERSION, "-V, --version", "Show the version")
    .helpOption("-h, --help", "Show this help")
    .addHelpText("after", `\n${inLines("`eks-lambda help COMMAND` shows the flags of a command, with examples.")}`);
  for (const group of commandGroups) {
    root.commandsGroup(`${group}:`);
    for (const definition of definitions.filter((one) => one.group === group)) {
      const [parent = ""] = definition.name.split(" ");
      (definition.name === parent ? root : parentIn(root, parent)).addCommand(commandOf(definition, all));
    }
  }
  root.helpCommand("help [command]", "Show the help of a command");
  // main.ts shows errors, in the format of all others.
  for (const each of withAll(root))
    each
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({ outputError: () => {}, getOutHelpWidth: helpWidth })
      .configureHelp(help);
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
