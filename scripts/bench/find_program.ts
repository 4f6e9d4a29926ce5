import { delimiter } from "node:path";

/** Where package managers and installers put programs, whether or not the PATH says so. */
const USUAL_FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The same, in the user's own folder. */
const OWN_FOLDERS = ["go/bin", ".cargo/bin", ".local/bin"];

/** Of the PATH first, in its order, then of the usual places; each once. */
function foldersOfPrograms(): string[] {
  const { PATH = "", HOME, GOBIN, GOPATH, CARGO_HOME } = Deno.env.toObject();
  const under = (base: string | undefined, folder: string) =>
    base === undefined || base === "" ? [] : [`${base}/${folder}`];
  const all = [
    ...PATH.split(delimiter),
    ...(GOBIN === undefined ? [] : [GOBIN]),
    ...under(GOPATH, "bin"),
    ...under(CARGO_HOME, "bin"),
    ...OWN_FOLDERS.flatMap((folder) => under(HOME, folder)),
    ...USUAL_FOLDERS,
  ];
  return [...new Set(all)].filter((folder) => folder !== "");
}

/** @returns The path of an installed program, or `null`. */
export async function findProgram(name: string): Promise<string | null> {
  for (const folder of foldersOfPrograms()) {
    const path = `${folder}/${name}`;
    if (await Deno.stat(path).then(isProgram, () => false)) return path;
  }
  return null;
}

function isProgram({ isFile, mode }: Deno.FileInfo): boolean {
  return isFile && (mode === null || (mode & 0o111) !== 0);
}
