// Generated from crates/protocol: change the types there, then run
//     TINTYPE_UPDATE_TYPES=1 cargo test -p tintype-protocol

/**
 * A photo in the input folder.
 */
export type AddedPhoto = { 
/**
 * What a `LoadImage` node calls it.
 */
name: string, 
/**
 * The file's own name.
 */
title: string, 
/**
 * Where it came from.
 */
source: string, 
/**
 * Width in pixels, upright.
 */
width: number, 
/**
 * Height in pixels, upright.
 */
height: number, 
/**
 * Bytes on disk.
 */
bytes: number, 
/**
 * How many pictures the file holds, of which the first is taken.
 */
pages: number, };

/**
 * A part of the program that is not in it, since it is large and of use to few. It is downloaded, checked and
 * removed by the same requests as a model.
 */
export type Addon = { 
/**
 * What it is asked for by: `cuda`.
 */
id: string, 
/**
 * What to call it.
 */
name: Wording, 
/**
 * What it is good for.
 */
about: Wording, 
/**
 * Under which licences it is published.
 */
license: string, 
/**
 * Whether it is here.
 */
state: ModelState, 
/**
 * What a download takes, or once it is installed what it takes on disk, in bytes.
 */
bytes: number, 
/**
 * The hosts that a download asks.
 */
hosts: Array<string>, 
/**
 * Why it would be of no use on this computer.
 */
hindrance?: Wording, 
/**
 * Whether this process uses it. One that was installed while it ran is used from the next start on.
 */
is_used: boolean, 
/**
 * What is being done to it at the moment.
 */
transfer?: Transfer, };

/**
 * What is changed about a result without running the network again.
 */
export type Adjustment = { 
/**
 * Factor on the colors, 0..=2.
 */
strength: number, 
/**
 * From cool to warm, -1..=1.
 */
warmth: number, 
/**
 * How far reds and violets are tamed, 0..=1.
 */
taming: number, };

/**
 * What came of one file that was to be added.
 */
export type Arrival = { "kind": "added" } & AddedPhoto | { "kind": "refused", 
/**
 * The file's name.
 */
title: string, 
/**
 * Why, and what to do.
 */
messages: Wording, } | { "kind": "model" } & ImportedModel | { "kind": "workflow" } & WorkflowFile | { "kind": "skipped", 
/**
 * How many.
 */
files: number, };

/**
 * The id that a client gave itself; all its sockets and jobs share it.
 */
export type ClientId = string;

/**
 * How far two pictures of the same photos are apart, in CIEDE2000 over all pixels: 0 is the same, and
 * 1 about the least that an eye can tell.
 */
export type ColorDifference = { 
/**
 * The mean.
 */
mean: number, 
/**
 * The 99th percentile.
 */
percentile_99: number, };

/**
 * The color space of results.
 */
export type ColorSpace = "srgb" | "source";

/**
 * Why a command failed.
 */
export type CommandError = { 
/**
 * For a program.
 */
code: ErrorCode, 
/**
 * For a person.
 */
messages: Wording, };

/**
 * Where the network can run.
 */
export type DeviceInfo = { 
/**
 * `cpu`, `cuda:0`, `mps`.
 */
name: string, 
/**
 * `cpu`, `cuda`, `mps`.
 */
type: string, 
/**
 * Which of its kind.
 */
index: number, 
/**
 * Bytes of memory.
 */
vram_total: number, 
/**
 * Bytes of memory that are free.
 */
vram_free: number, 
/**
 * Bytes that libtorch has taken; on a processor the same as `vram_total`, as ComfyUI has it.
 */
torch_vram_total: number, 
/**
 * Bytes of those that are free.
 */
torch_vram_free: number, };

/**
 * The body of `POST /zoo/download`.
 */
export type DownloadRequest = { 
/**
 * The model's id.
 */
model: string, 
/**
 * The bytes that the user has agreed to; a larger file is refused.
 */
accept_bytes: number, };

/**
 * What went wrong, for a program and for a person.
 */
export type ErrorBody = { 
/**
 * For a program.
 */
code: ErrorCode, 
/**
 * For a person, in the language the socket or request asked for.
 */
message: string, 
/**
 * For a person, in every language.
 */
messages: Wording, 
/**
 * The job it is about.
 */
prompt_id?: PromptId, 
/**
 * What may help.
 */
hint?: Hint, };

/**
 * What went wrong, for a program. The words for a person come from [`Explain`](crate::Explain).
 *
 * A code exists only where some consumer acts on it: a client that retries smaller on
 * [`OutOfMemory`](Self::OutOfMemory), a window that offers to fetch a missing model.
 */
export type ErrorCode = "OUT_OF_MEMORY" | "MODEL_MISSING" | "MODEL_INVALID" | "IMAGE_UNSUPPORTED" | "IMAGE_CORRUPT" | "IMAGE_TOO_LARGE" | "WORKFLOW_INVALID" | "OUTPUT_UNWRITABLE" | "DISK_FULL" | "CANCELLED" | "UNAUTHORIZED" | "TOO_MANY_CONNECTIONS" | "QUEUE_FULL" | "BAD_REQUEST" | "INTERNAL";

/**
 * A job leaves the queue.
 */
export type ExecutionStart = { 
/**
 * The job.
 */
prompt_id: PromptId, 
/**
 * Milliseconds since 1970.
 */
timestamp: number, };

/**
 * A job has ended.
 */
export type ExecutionStop = { 
/**
 * The job.
 */
prompt_id: PromptId, 
/**
 * How it ended.
 */
outcome: Outcome, 
/**
 * The files it made; those of a job that failed later on are kept too.
 */
outputs: Array<Output>, 
/**
 * Milliseconds from leaving the queue to the end; 0 for a job that never left it.
 */
elapsed_ms: number, 
/**
 * Milliseconds of each stage.
 */
timings: Partial<Record<Stage, number>>, };

/**
 * The server's folders.
 */
export type FolderKind = "input" | "output" | "temp";

/**
 * What running a photo at some sizes would take.
 */
export type Forecast = { 
/**
 * For each size that was asked about, in that order.
 */
sizes: Array<SizeForecast>, 
/**
 * The largest size that is predicted to fit; none if not even the smallest does.
 */
largest: number | null, 
/**
 * Bytes of memory that can be had now.
 */
available_bytes: number, };

/**
 * What may help against an error; only what applies is there.
 */
export type Hint = { 
/**
 * `OUT_OF_MEMORY`: the largest size predicted to fit.
 */
suggested_size?: number, 
/**
 * The node at fault.
 */
node?: NodeId, 
/**
 * `WORKFLOW_INVALID`: every fault of every node.
 */
node_errors?: { [key in NodeId]: NodeFaults }, };

/**
 * A checkpoint that was taken in.
 */
export type ImportedModel = { 
/**
 * What it is asked for by.
 */
id: string, 
/**
 * What to call it.
 */
name: Wording, 
/**
 * Where it came from.
 */
origin: string, 
/**
 * The SHA-256 of the file as it was, in hexadecimal.
 */
sha256: string, 
/**
 * `large`, `tiny`, or a description of its shape.
 */
architecture: string, 
/**
 * How many numbers it is made of.
 */
parameters: number, 
/**
 * Whether it is one of the published ones, byte for byte.
 */
is_published: boolean, };

/**
 * The body of `POST /interrupt`.
 */
export type InterruptRequest = { 
/**
 * The job to stop, if it is the one that runs; any job that runs if absent.
 */
prompt_id?: string, };

/**
 * The states of a job, and `idle` for a server with nothing to do.
 */
export type JobStatus = "idle" | "queued" | "executing" | "completed" | "failed" | "cancelled";

export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

/**
 * What of an original's metadata results keep.
 */
export type KeptMetadata = "keep" | "strip";

/**
 * A language of messages and of the window.
 */
export type Language = "en" | "zh-CN";

/**
 * A model.
 */
export type Model = { 
/**
 * What it is asked for by: `ddcolor_artistic`.
 */
id: string, 
/**
 * What to call it.
 */
name: Wording, 
/**
 * What it is good at; empty for a model of the user's own.
 */
about: Wording, 
/**
 * `large`, `tiny`, or what else was read off the file; empty if nobody has looked yet.
 */
architecture: string, 
/**
 * Under which licence it is published, where that is known.
 */
license?: string, 
/**
 * Its `checkpoint` in a workflow.
 */
checkpoint: string, 
/**
 * Whether it can be used.
 */
state: ModelState, 
/**
 * Whether it is inside the program, so that it can be neither downloaded nor removed.
 */
is_bundled: boolean, 
/**
 * Whether it can be downloaded.
 */
is_published: boolean, 
/**
 * What a download takes, or once it is installed what it takes on disk, in bytes.
 */
bytes?: number, 
/**
 * The SHA-256 of the file as published or imported, in hexadecimal.
 */
sha256?: string, 
/**
 * The hosts that a download asks, in their order; empty for what can't be downloaded.
 */
hosts: Array<string>, 
/**
 * Where the installed file came from: an address or a path.
 */
origin?: string, 
/**
 * Which arithmetic it runs in here, if it can be used.
 */
precision?: ModelPrecision, 
/**
 * What is being done to it at the moment.
 */
transfer?: Transfer, };

/**
 * Which arithmetic a model runs in, and why.
 */
export type ModelPrecision = { 
/**
 * Absent where it is decided at the model's first use, which has not been.
 */
precision?: Precision, 
/**
 * Why, for a program.
 */
reason: PrecisionReason, 
/**
 * How far bf16 is from fp32 on this model and computer, where that was measured and decided.
 */
difference?: ColorDifference, 
/**
 * All of it, for a person.
 */
why: Wording, };

/**
 * The body of `POST /zoo/cancel`, `POST /zoo/verify` and `POST /zoo/remove`.
 */
export type ModelRequest = { 
/**
 * The model's id.
 */
model: string, };

/**
 * Whether a model can be used.
 */
export type ModelState = "available" | "installed" | "damaged";

/**
 * What is wrong with one node.
 */
export type NodeFaults = { 
/**
 * Each fault.
 */
errors: Array<RequestError>, 
/**
 * The output nodes that can't run because of it.
 */
dependent_outputs: Array<NodeId>, 
/**
 * The node's class.
 */
class_type: string, };

/**
 * A node's id within its workflow, such as `"3"`.
 */
export type NodeId = string;

/**
 * How a job ended.
 */
export type Outcome = "completed" | "failed" | "cancelled";

/**
 * A file that a job made, as `GET /view` takes it.
 */
export type Output = { 
/**
 * The node that made it.
 */
node: NodeId, 
/**
 * Its name.
 */
filename: string, 
/**
 * The folder within the output or temp folder; empty for that folder itself.
 */
subfolder: string, 
/**
 * The folder it is in.
 */
type: FolderKind, };

/**
 * The arithmetic of the network's weights and activations.
 *
 * Float16 is not here: it overflows in the attention of the published checkpoints.
 */
export type Precision = "fp32" | "bf16";

/**
 * Why a model runs in the arithmetic that it does.
 */
export type PrecisionReason = "chosen" | "close" | "far" | "slow" | "processor" | "device" | "unmeasurable" | "unmeasured";

/**
 * How far a job has come. Never falls; is [`Progress::MAX`] only when the file is on disk.
 */
export type Progress = { 
/**
 * 0 to `max`.
 */
value: number, 
/**
 * Always [`Progress::MAX`].
 */
max: number, 
/**
 * The job.
 */
prompt_id: PromptId, 
/**
 * What is being done.
 */
stage: Stage, 
/**
 * The node of the workflow that is at work.
 */
node?: NodeId, 
/**
 * Milliseconds since the job left the queue.
 */
elapsed_ms: number, 
/**
 * Milliseconds that it will probably take from now on; absent until that can be said.
 */
eta_ms?: number, };

/**
 * The answer to a prompt that was taken.
 */
export type PromptAccepted = { 
/**
 * The job.
 */
prompt_id: PromptId, 
/**
 * Its place in the queue.
 */
number: number, 
/**
 * Always empty: what has faults is refused whole.
 */
node_errors: Record<string, never>, };

/**
 * A job's id: a UUID, made by the server or brought by the client.
 */
export type PromptId = string;

/**
 * The answer to a prompt that was refused.
 */
export type PromptRefused = { 
/**
 * What is wrong with it as a whole.
 */
error: RequestError, 
/**
 * What is wrong with its nodes.
 */
node_errors: { [key in NodeId]: NodeFaults }, };

/**
 * The body of `POST /prompt`.
 */
export type PromptRequest = { 
/**
 * The workflow, in the API form or the editor's.
 */
prompt: JsonValue, 
/**
 * Whom the job's messages go to.
 */
client_id?: ClientId, 
/**
 * The job's id, where the client brings its own.
 */
prompt_id?: string, 
/**
 * The place in the queue: lower runs earlier.
 */
number?: number, 
/**
 * Whether to run before everything that waits.
 */
front?: boolean, 
/**
 * Kept with the job and given back with it.
 */
extra_data?: Record<string, unknown>, };

/**
 * The body of `POST /queue` and `POST /history`.
 */
export type Removal = { 
/**
 * Whether to remove everything.
 */
clear?: boolean, 
/**
 * What to remove.
 */
delete?: Array<string>, };

/**
 * What is wrong with a request.
 */
export type RequestError = { 
/**
 * ComfyUI's name for it, such as `prompt_no_outputs`, or our error code.
 */
type: string, 
/**
 * For a person.
 */
message: string, 
/**
 * More for a person; may be empty.
 */
details: string, 
/**
 * More for a program; may be empty.
 */
extra_info: Record<string, unknown>, };

/**
 * A result to save elsewhere.
 */
export type ResultFile = { 
/**
 * Its job.
 */
prompt_id: PromptId, 
/**
 * Its name.
 */
filename: string, 
/**
 * The folder within its folder.
 */
subfolder: string, 
/**
 * Its folder.
 */
type: FolderKind, 
/**
 * What the photo was called.
 */
title: string, 
/**
 * Where the photo came from, so that it is not written over unasked.
 */
source: string | null, 
/**
 * What is to be changed on the way.
 */
adjustment: Adjustment | null, };

/**
 * The format of a result that is saved elsewhere.
 */
export type SaveFormat = { 
/**
 * Which one.
 */
kind: SaveFormatKind, 
/**
 * Of JPEG, 1..=100.
 */
quality: number, };

/**
 * Formats that results can be saved in.
 */
export type SaveFormatKind = "jpeg" | "png" | "tiff" | "webp" | "jxl";

/**
 * What came of saving.
 */
export type Saved = { "kind": "done", 
/**
 * The files.
 */
paths: Array<string>, } | { "kind": "closed" } | { "kind": "is_original", 
/**
 * The original.
 */
path: string, };

/**
 * What results hold beside their picture, as `SaveImage` takes it.
 */
export type Saving = { 
/**
 * Whether date, place, camera and captions are kept.
 */
metadata: KeptMetadata, 
/**
 * What their numbers mean.
 */
color_space: ColorSpace, 
/**
 * Whether they say what colored them.
 */
provenance: boolean, 
/**
 * Whether they get a small palette in a corner.
 */
mark: boolean, 
/**
 * Whether they get the times of their original's file.
 */
file_times: boolean, };

/**
 * One message from the server.
 */
export type ServerMessage = { "type": "status", "data": Status } | { "type": "execution_start", "data": ExecutionStart } | { "type": "progress", "data": Progress } | { "type": "execution_stop", "data": ExecutionStop } | { "type": "error", "data": ErrorBody } | { "type": "model", "data": Transfer };

/**
 * What the window needs before it can show anything.
 */
export type Session = { 
/**
 * Where the server is: `127.0.0.1:8188`.
 */
address: string, 
/**
 * Who the window is to the server.
 */
client_id: string, 
/**
 * The window's own token.
 */
token: string, 
/**
 * The program's version.
 */
version: string, 
/**
 * The system's language, for where the settings name none.
 */
system_language: Language, 
/**
 * What the user has chosen.
 */
settings: Settings, 
/**
 * What happened before the window was there and should be known, such as a damaged queue.
 */
notice?: Wording, };

/**
 * What the user has chosen, all of it optional: nothing chosen is the program's own default.
 */
export type Settings = { 
/**
 * The language; none follows the system.
 */
language: Language | null, 
/**
 * Light or dark.
 */
theme: Theme, 
/**
 * `cpu`, `cuda:0`, `mps`; none takes the fastest that works.
 */
device: string | null, 
/**
 * Threads for the network; none leaves the number of physical cores.
 */
threads: number | null, 
/**
 * The arithmetic; none leaves the choice to the program.
 */
precision: Precision | null, 
/**
 * Where results go; none is the program's own folder.
 */
output: string | null, 
/**
 * The port that is asked for first; none is the server's usual one.
 */
port: number | null, 
/**
 * Whether a token for other programs on this computer is given out.
 */
is_open_to_programs: boolean, 
/**
 * Days that the history is kept; none keeps it for ever.
 */
history_days: number | null, 
/**
 * What results hold beside their picture.
 */
saving: Saving, 
/**
 * Whether the program may ask, at most once a day, if there is a newer version of it.
 */
may_look_for_versions: boolean, };

/**
 * What running a photo at one size would take.
 */
export type SizeForecast = { 
/**
 * The size in pixels.
 */
size: number, 
/**
 * From leaving the queue to the file on disk, as this computer has been so far.
 */
milliseconds: number, 
/**
 * The most memory on top of what is taken already.
 */
bytes: number, 
/**
 * Whether it is predicted to fit.
 */
fits: boolean, };

/**
 * The stages of a photo's way.
 */
export type Stage = "load" | "preprocess" | "inference" | "postprocess" | "save";

/**
 * Where a job is, or without `prompt_id` where the server is.
 */
export type Status = { 
/**
 * The state.
 */
status: JobStatus, 
/**
 * The job it is about; none for the server as a whole.
 */
prompt_id?: PromptId, 
/**
 * How many jobs are queued or running.
 */
queue_remaining: number, 
/**
 * A queued job's place, 1 being the next to run.
 */
position?: number, };

/**
 * The computer and the versions. Some fields have names that only make sense in ComfyUI.
 */
export type SystemInfo = { 
/**
 * The operating system.
 */
os: string, 
/**
 * Bytes of memory.
 */
ram_total: number, 
/**
 * Bytes of memory that are free.
 */
ram_free: number, 
/**
 * The version of ComfyUI whose dialect this is.
 */
comfyui_version: string, 
/**
 * Empty: there is no Python.
 */
python_version: string, 
/**
 * The version of libtorch.
 */
pytorch_version: string, 
/**
 * Always false.
 */
embedded_python: boolean, 
/**
 * Empty: arguments may hold what is private.
 */
argv: Array<string>, 
/**
 * This program's version.
 */
tintype_version: string, 
/**
 * The processor.
 */
processor: string, };

/**
 * The answer to `GET /system_stats`.
 */
export type SystemStats = { 
/**
 * The computer and the versions.
 */
system: SystemInfo, 
/**
 * Where the network can run.
 */
devices: Array<DeviceInfo>, };

/**
 * How the window is colored.
 */
export type Theme = "system" | "light" | "dark";

/**
 * How far a download, a check or an import has come. The last one of each has a step that
 * [ends](TransferStep::is_end) it.
 */
export type Transfer = { 
/**
 * The id of the model or addon.
 */
model: string, 
/**
 * What is being done.
 */
step: TransferStep, 
/**
 * Bytes of this step that are done.
 */
received: number, 
/**
 * Bytes of this step in all, once that is known.
 */
bytes?: number, 
/**
 * The speed of late, while downloading.
 */
bytes_per_second?: number, 
/**
 * Milliseconds that the step will probably take from now on.
 */
eta_ms?: number, 
/**
 * The host that it comes from.
 */
source?: string, 
/**
 * Why it failed.
 */
error?: CommandError, };

/**
 * What is being done to a model.
 */
export type TransferStep = "connecting" | "downloading" | "checking" | "converting" | "unpacking" | "installed" | "failed" | "cancelled";

/**
 * The answer to `POST /upload/image`.
 */
export type Uploaded = { 
/**
 * The name it got, which `LoadImage` takes.
 */
name: string, 
/**
 * The folder within its folder.
 */
subfolder: string, 
/**
 * Its folder.
 */
type: FolderKind, };

/**
 * Whether there is a newer version of the program.
 */
export type VersionNews = { "kind": "newest" } | { "kind": "newer", 
/**
 * Which one.
 */
version: string, } | { "kind": "unknown", 
/**
 * Why, and what comes next.
 */
messages: Wording, };

/**
 * One message in every language there is, for what is stored or sent before it is known who will
 * read it.
 */
export type Wording = { 
/**
 * In English.
 */
en: string, 
/**
 * In Simplified Chinese.
 */
"zh-CN": string, };

/**
 * A workflow as the window uses it.
 */
export type WorkflowFile = { 
/**
 * The workflow's own title, or the file's name.
 */
title: Wording, 
/**
 * What it does; empty where it does not say.
 */
description: Wording, 
/**
 * `people`, `buildings` or `other`.
 */
scene: string, 
/**
 * The sizes that it recommends, least and most.
 */
recommended_sizes?: [number, number], 
/**
 * The checkpoint that it was made for, if it says.
 */
checkpoint?: string, 
/**
 * The workflow in the API form.
 */
prompt: Record<string, { class_type: string, inputs: Record<string, unknown> }>, };

/**
 * The answer of `GET /zoo`: every model there is, installed or to be had.
 */
export type Zoo = { 
/**
 * The bundled model first, then what can be downloaded, then what was imported.
 */
models: Array<Model>, 
/**
 * What can be had besides models on this kind of system.
 */
addons: Array<Addon>, 
/**
 * The folder that installed models lie in.
 */
folder: string, };
