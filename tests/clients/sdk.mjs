// @saintno/comfyui-sdk as its users use it: upload a photo, queue a workflow, follow it, download
// the result.
//
//     node sdk.mjs http://127.0.0.1:8188 CLIENT TOKEN PHOTO SIZE CHECKPOINT RESULT
//
// What happens is printed as JSON, one object a line.

import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { CallWrapper, ComfyApi, PromptBuilder } from "@saintno/comfyui-sdk";

const [host, client, token, photo, size, checkpoint, result] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));

const credentials = token ? { type: "bearer_token", token } : undefined;
const api = await new ComfyApi(host, client, { credentials }).init().waitForReady();

const bytes = await readFile(photo);
const uploaded = await api.uploadImage(bytes, basename(photo));
say({ event: "uploaded", name: uploaded.info.filename });
say({ event: "stats", devices: (await api.getSystemStats()).devices.length });

const graph = {
  1: { class_type: "LoadImage", inputs: { image: "" } },
  2: {
    class_type: "DDColor_Colorize",
    inputs: { image: ["1", 0], model_input_size: 512, checkpoint: "" },
  },
  3: { class_type: "SaveImage", inputs: { images: ["2", 0], filename_prefix: "ComfyUI" } },
};
const prompt = new PromptBuilder(graph, ["photo", "size", "checkpoint"], ["colorized"])
  .setInputNode("photo", "1.inputs.image")
  .setInputNode("size", "2.inputs.model_input_size")
  .setInputNode("checkpoint", "2.inputs.checkpoint")
  .setOutputNode("colorized", "3")
  .input("photo", uploaded.info.filename)
  .input("size", Number(size))
  .input("checkpoint", checkpoint);

const output = await new CallWrapper(api, prompt)
  .onPending(() => say({ event: "pending" }))
  .onStart(() => say({ event: "start" }))
  .onProgress((progress) => say({ event: "progress", ...progress }))
  .onFailed((error) => say({ event: "failed", message: error.message, cause: error.cause }))
  .onFinished(() => say({ event: "finished" }))
  .run();

if (output) {
  const [image] = output.colorized.images;
  say({ event: "output", image });
  const blob = await api.getImage(image);
  await writeFile(result, Buffer.from(await blob.arrayBuffer()));
  const history = await api.getHistory(output._raw?.prompt_id ?? Object.keys(await api.getHistories(1))[0]);
  say({ event: "history", completed: history.status.completed });
}
api.destroy();
process.exit(output ? 0 : 1);
