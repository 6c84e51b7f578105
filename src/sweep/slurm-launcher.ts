import type { Launcher } from './launcher.js';
import type { SlurmOptions } from './slurm-options.js';
export function slurmLauncher(_options: SlurmOptions): Launcher {
  throw new Error('later');
}
