import protobuf from "protobufjs";
import { UsageError } from "../../errors.ts";
import { wellKnownProto } from "./well_known_protos.ts";

/** A schema as plain data, for threads and files to carry: each compiles it for itself. */
export type SchemaSource =
  /** As imported: whoever is imported comes before who imports it. */
  | { readonly kind: "proto-files"; readonly files: readonly ProtoFile[] }
  /** A serialized `google.protobuf.FileDescriptorSet`: from `protoc -o`, `buf build` or reflection. */
  | { readonly kind: "descriptor-set"; readonly bytes: Uint8Array };

export interface ProtoFile {
  /** As it is imported. */
  readonly name: string;
  readonly text: string;
}

/** @returns The file's text; `null` where there is no such file. Other errors are thrown. */
export type ReadProto = (path: string) => Promise<string | null>;

/** A schema is read whole before anything is sent: a tree of imports has to end somewhere. */
const MAX_FILES = 1000;

/**
 * Reads .proto files and all that they import, as `protoc -I` does.
 *
 * @param paths As typed.
 * @param includeDirs Where imports are looked for, in this order; the files' own folders come last.
 * @throws {UsageError} naming the file, its line, or who imported what is missing.
 */
export async function readProtoFiles(
  paths: readonly string[],
  includeDirs: readonly string[],
  read: ReadProto,
): Promise<SchemaSource> {
  const dirs = [...new Set([...includeDirs, ...paths.map(folderOf)])];
  const files = new Map<string, ProtoFile>();
  for (const path of paths) {
    const text = await read(path);
    if (text === null) {
      throw new UsageError(
        `Cannot read the schema "${path}": there is no such file. Expected a .proto file.`,
      );
    }
    const name = importedName(path, includeDirs);
    if (!files.has(name)) await readImports({ name, text }, dirs, read, files);
  }
  return { kind: "proto-files", files: [...files.values()] };
}

async function readImports(
  file: ProtoFile,
  dirs: readonly string[],
  read: ReadProto,
  files: Map<string, ProtoFile>,
): Promise<void> {
  // Reserved at once: two files may import each other, which protoc refuses and nobody needs.
  files.set(file.name, file);
  if (files.size > MAX_FILES) {
    throw new UsageError(
      `Cannot read the schema "${file.name}": it imports more than ${MAX_FILES} files. ` +
        "Give a FileDescriptorSet of what is needed with --protoset.",
    );
  }
  for (const imported of importsOf(file)) {
    if (files.has(imported) || wellKnownProto(imported) !== null) continue;
    const text = await findImport(imported, dirs, read);
    if (text === null) {
      throw new UsageError(
        `Cannot find "${imported}", which "${file.name}" imports, in ${
          dirs.map((dir) => `"${dir}"`).join(", ")
        }. Give the folder that it is imported from with -I.`,
      );
    }
    await readImports({ name: imported, text }, dirs, read, files);
  }
  // After all that it imports.
  files.delete(file.name);
  files.set(file.name, file);
}

async function findImport(
  name: string,
  dirs: readonly string[],
  read: ReadProto,
): Promise<string | null> {
  for (const dir of dirs) {
    const text = await read(dir === "." ? name : `${dir}/${name}`);
    if (text !== null) return text;
  }
  return null;
}

function importsOf(file: ProtoFile): string[] {
  const { imports = [], weakImports = [] } = parseProto(file, new protobuf.Root());
  return [...imports, ...weakImports];
}

/**
 * Adds one file to a root.
 *
 * @throws {UsageError} where it is no valid proto, with its line.
 */
export function parseProto({ name, text }: ProtoFile, root: protobuf.Root): protobuf.IParserResult {
  try {
    return protobuf.parse(text, root, { keepCase: false });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const [, what = reason, line] = /^(.*?) \(.*?line (\d+)\)$/s.exec(reason) ?? [];
    const where = line === undefined ? name : `${name}:${line}`;
    throw new UsageError(
      `Cannot read the schema "${where}": ${what}. Expected a valid .proto file.`,
    );
  }
}

/** What an import would call a file that was given by its path. */
function importedName(path: string, includeDirs: readonly string[]): string {
  const dir = includeDirs.find((it) => path.startsWith(`${it}/`));
  return dir === undefined ? path : path.slice(dir.length + 1);
}

function folderOf(path: string): string {
  const end = path.lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end);
}
