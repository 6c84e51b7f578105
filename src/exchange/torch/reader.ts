import type { FileReader } from '../format.js';
import { openPythonReader } from '../python-reader.js';

/** Loads a folder by its own `model.py`. Logits of pixels come with the classes last. */
const NETWORK = `
import torch
sys.path.insert(0, folder)
import model as program
network, size = program.load_model(), program.CONFIG["input_size"]
def logits_of(pixels):
    with torch.no_grad():
        return network(program.normalised(torch.tensor(pixels))).movedim(1, -1)
`;

/**
 * Makes sure that there is a Python with PyTorch.
 * @throws InvolveError (exit code 3) where there is none
 */
export async function openTorchReader(): Promise<(path: string) => Promise<FileReader>> {
  return openPythonReader({ packages: ['torch', 'numpy'], network: NETWORK });
}
