/**
 * Refuses `any` that nobody wrote: what JSON.parse, Object() or Object.entries() return, in a variable, a parameter, a
 * result or a type. There, a field that is mistyped and a check that is missing compile. Biome refuses the word itself.
 * Run as `node scripts/any.mjs [FILE…]`; without files, it reads src.
 */
import ts from "typescript";

const { config } = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
const { options, fileNames } = ts.parseJsonConfigFileContent({ ...config, include: ["src"] }, ts.sys, process.cwd());
const given = process.argv.slice(2);
const files = new Set(given.length > 0 ? given : fileNames);
const program = ts.createProgram([...files], options);
const checker = program.getTypeChecker();

/** The type that a node declares. */
function declared(node) {
  const isNamed = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
  if (isNamed) return ts.isIdentifier(node.name) ? checker.getTypeAtLocation(node.name) : undefined;
  if (ts.isTypeAliasDeclaration(node) || ts.isPropertySignature(node)) return checker.getTypeAtLocation(node);
  const signature = ts.isFunctionLike(node) && checker.getSignatureFromDeclaration(node);
  return signature ? checker.getReturnTypeOfSignature(signature) : undefined;
}

const isAny = (type) =>
  (type.flags & ts.TypeFlags.Any) !== 0 || (checker.isArrayType(type) && checker.getTypeArguments(type).some(isAny));

function anysIn(file) {
  const found = [];
  const visit = (node) => {
    const type = declared(node);
    if (type && isAny(type)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${file.fileName}:${line + 1}: ${node.getText().split("\n")[0]}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const all = program.getSourceFiles().filter(({ fileName }) => files.has(fileName));
const found = all.flatMap(anysIn);
for (const line of found) console.log(line);
if (found.length > 0) console.log("has the type any: give it one, such as unknown, and check what is in it");
process.exit(found.length > 0 ? 1 : 0);
