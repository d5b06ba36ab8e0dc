/** Colours for stdout and stderr, off for a stream that is not a terminal. */
import chalk, { type ChalkInstance, chalkStderr } from "chalk";
import { type Shown, Text } from "./text.ts";

const colours = ["bold", "cyan", "dim", "green", "red", "yellow"] as const;
type Palette = Readonly<Record<(typeof colours)[number], (value: Shown) => Text>>;

const palette = (of: ChalkInstance): Palette =>
  Object.fromEntries(colours.map((colour) => [colour, (value: Shown) => Text.of(value).styled(of[colour])])) as Palette;

export const onStdout = palette(chalk);
export const onStderr = palette(chalkStderr);
