import { InvolveError } from '../../util/errors.js';
import { gigabytes } from '../../util/gigabytes.js';
import type { EngineStatus } from '../contract.js';
import { listInstallations, type TensorflowFlavour, type TensorflowInstallation } from './installation.js';
import { hasCuda, thisMachine, wheelPlatform, type Machine } from './install/platform.js';
import { verifyInstallation, type Verified } from './install/verify.js';
import { stockInstallation } from './stock-installation.js';
import { findStockTfjsNode, type StockTfjsNode } from './stock.js';

/** What is looked at; injected by tests. */
export interface StatusSources {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly machine?: Machine;
  readonly verify?: (installation: TensorflowInstallation) => Promise<Verified>;
}

/**
 * What `engine list` and `doctor` say of TensorFlow: a row for each installation, as a GPU would choose among them, each
 * tried in a process of its own; a row with the command that installs it where there is none.
 */
export async function tensorflowStatus({
  env = process.env,
  cwd = process.cwd(),
  machine = thisMachine(),
  verify = verifyInstallation,
}: StatusSources = {}): Promise<EngineStatus[]> {
  const installations = listInstallations(undefined, env);
  const first = (flavour: TensorflowFlavour): TensorflowInstallation[] =>
    installations.filter((each) => each.flavour === flavour).slice(0, 1);
  const stock = stockInstallation(cwd);
  const used = [...first('cuda'), ...(stock === null ? [] : [stock]), ...first('cpu')];
  const notes = findStockTfjsNode(cwd).map(describeStock);
  const ordered = [...new Set([...used, ...installations])];
  if (ordered.length === 0) return [notInstalled(notes, machine)];
  const rows = [];
  for (const installation of ordered) rows.push(await statusOf(installation, installation === stock, verify));
  return rows.map((row, i) =>
    i > 0 ? row : { ...row, reason: [row.reason, ...notes].filter(Boolean).join('\n') },
  );
}

// --- internal ---

async function statusOf(
  installation: TensorflowInstallation,
  isStock: boolean,
  verify: (installation: TensorflowInstallation) => Promise<Verified>,
): Promise<EngineStatus> {
  const { flavour, version, dir, customOps } = installation;
  const name = `TensorFlow ${version} ${isStock ? 'of a stock tfjs-node-gpu' : `(${flavour})`}`;
  try {
    const { device, gpuMemoryBytes, noGpu } = await verify(installation);
    const where = gpuMemoryBytes === null ? device : `${device} with ${gigabytes(gpuMemoryBytes)} for it`;
    const operations = customOps === null ? 'no custom operations' : 'custom operations';
    return {
      name: 'tensorflow',
      available: true,
      detail: `${name} on ${where}${noGpu === null ? '' : ', no GPU'}, ${operations}`,
      reason: [
        `in ${dir}`,
        ...(noGpu === null ? [] : [`no GPU: ${noGpu}`]),
        customOps === null
          ? "custom operations are not built: TensorFlow's own take their place, slower for involution"
          : `custom operations: ${customOps}`,
      ].join('\n'),
      // Where it is here already, installing looks for a C++ compiler once more.
      ...(customOps === null && !isStock ? { fix: `involve engine install ${flavour}` } : {}),
      installation,
    };
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    const [{ what, try: fix }] = error.problems;
    return {
      name: 'tensorflow',
      available: false,
      detail: `${name} in ${dir}`,
      reason: what,
      fix,
      installation,
    };
  }
}

function notInstalled(stock: readonly string[], machine: Machine): EngineStatus {
  const row = { name: 'tensorflow', available: false, detail: 'not installed' } as const;
  try {
    wheelPlatform('cpu', machine);
    const why = 'TensorFlow, on CUDA or the processor: recorded once, run as one graph a step';
    const fix = `involve engine install cpu${hasCuda(machine) ? ' (or cuda, for an NVIDIA GPU)' : ''}`;
    return { ...row, reason: [why, ...stock].join('\n'), fix };
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return { ...row, reason: [error.message, ...stock].join('\n') };
  }
}

function describeStock({ name, version, dir, lacks }: StockTfjsNode): string {
  const state = lacks === null ? '' : `, but lacks ${lacks}: its install script did not finish`;
  return `a stock ${name} ${version} is in ${dir}${state}`;
}
