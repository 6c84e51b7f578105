import type { FileReader } from '../format.js';
import { openPythonReader } from '../python-reader.js';

/** Loads a folder as anybody would. */
const NETWORK = `
import json
import timm, torch
network = timm.create_model("local-dir:" + folder, pretrained=True).eval()
config = json.load(open(folder + "/config.json"))["pretrained_cfg"]
size = config["input_size"][1]
mean, std = (torch.tensor(config[key]).view(1, 3, 1, 1) for key in ("mean", "std"))
def logits_of(pixels):
    with torch.no_grad():
        return network((torch.tensor(pixels).permute(0, 3, 1, 2).float() / 255 - mean) / std)
`;

/**
 * Makes sure that there is a Python with timm.
 * @throws InvolveError (exit code 3) where there is none
 */
export async function openTimmReader(): Promise<(path: string) => Promise<FileReader>> {
  return openPythonReader({ packages: ['timm', 'torch'], network: NETWORK });
}
