//! The few words that only the command line says, and in which language it says them.

use tintype_engine::Stage;
use tintype_protocol::Language;
use tintype_protocol::models::TransferStep;
use tintype_protocol::shell::ImportedModel;

use crate::report::Tally;

/// The language asked for, or else the system's.
pub(crate) fn language(asked: Option<&str>) -> Language {
    let locale = asked.map(str::to_owned).or_else(sys_locale::get_locale);
    Language::from_locale(locale.as_deref().unwrap_or_default())
}

/// The precision is being decided.
pub(crate) fn comparing(language: Language) -> &'static str {
    language.pick(
        "Comparing bf16 with fp32, once for this model on this computer.",
        "正在比较 bf16 与 fp32，每个模型在本机只需一次。",
    )
}

/// Nothing in the folders looked like a photo.
pub(crate) fn no_photos(language: Language) -> &'static str {
    language.pick(
        "No photos were found there. Name photo files, or add --recursive to look into folders within folders.",
        "没有找到照片。请直接给出照片文件，或加上 --recursive 以查找子文件夹。",
    )
}

/// An input path leads nowhere.
pub(crate) fn nothing_there(language: Language) -> &'static str {
    language.pick(
        "There is no such file or folder. Check its name.",
        "没有这个文件或文件夹。请检查名称。",
    )
}

/// A folder cannot be listed.
pub(crate) fn folder_unreadable(language: Language, cause: &std::io::Error) -> String {
    language.pick(
        format!("The folder cannot be read ({cause}). Check its permissions."),
        format!("无法读取这个文件夹（{cause}）。请检查它的权限。"),
    )
}

/// The folder for the results cannot be made.
pub(crate) fn folder_unwritable(language: Language, cause: &std::io::Error) -> String {
    language.pick(
        format!("The folder for the results cannot be made ({cause}). Choose another with --out."),
        format!("无法创建保存结果的文件夹（{cause}）。请用 --out 另选一个。"),
    )
}

/// The name template makes no name.
pub(crate) fn bad_template(language: Language, template: &str) -> String {
    language.pick(
        format!(
            "The name template {template:?} makes no file name. Use letters and {{name}}, {{size}}, {{model}} or {{n}}, without folders."
        ),
        format!(
            "名称模板 {template:?} 不能作为文件名。请使用文字以及 {{name}}、{{size}}、{{model}} 或 {{n}}，不要包含文件夹。"
        ),
    )
}

/// A defect: the engine panicked on a photo.
pub(crate) fn defect(language: Language) -> &'static str {
    language.pick(
        "Tintype stumbled over this photo. This is a defect: please report it.",
        "Tintype 处理这张照片时出错。这是程序的缺陷，请反馈给我们。",
    )
}

/// The line at the end of a batch.
pub(crate) fn summary(language: Language, tally: Tally) -> String {
    let Tally {
        done,
        failed,
        skipped,
    } = tally;
    let mut parts = vec![language.pick(format!("{done} done"), format!("完成 {done} 张"))];
    if failed > 0 {
        parts.push(language.pick(format!("{failed} failed"), format!("失败 {failed} 张")));
    }
    if skipped > 0 {
        parts.push(language.pick(
            format!("{skipped} left out (not photos, or results of an earlier run)"),
            format!("略过 {skipped} 个（不是照片，或是以前的结果）"),
        ));
    }
    language.pick(parts.join(", "), parts.join("\u{ff0c}"))
}

/// The server listens.
pub(crate) fn serving(language: Language, address: &str, socket: &str) -> String {
    language.pick(
        format!("Serving on http://{address} (Ctrl-C ends it)\nSocket: {socket}"),
        format!("服务地址：http://{address}（按 Ctrl-C 结束）\nWebSocket：{socket}"),
    )
}

/// Ctrl-C.
pub(crate) fn stopped(language: Language) -> &'static str {
    language.pick(
        "Stopped. What is done is kept.",
        "已停止。已完成的结果都保留着。",
    )
}

/// A stage in words.
pub(crate) fn stage(language: Language, stage: Stage) -> &'static str {
    match stage {
        Stage::Load => language.pick("Reading", "读取"),
        Stage::Preprocess => language.pick("Preparing", "准备"),
        Stage::Inference => language.pick("Coloring", "上色"),
        Stage::Postprocess => language.pick("Finishing", "合成"),
        Stage::Save => language.pick("Saving", "保存"),
    }
}

/// Beside the bar of a batch; `left` may be empty.
pub(crate) fn batch_progress(language: Language, ended: u64, photos: u64, left: &str) -> String {
    match language {
        Language::English if left.is_empty() => format!("{ended} of {photos}"),
        Language::English => format!("{ended} of {photos}, {left} left"),
        Language::Chinese if left.is_empty() => format!("{ended}/{photos}"),
        Language::Chinese => format!("{ended}/{photos}，剩余 {left}"),
    }
}

/// Before a large download.
pub(crate) fn download_question(
    language: Language,
    model: &str,
    megabytes: u64,
    license: &str,
) -> String {
    language.pick(
        format!("Downloading {model} takes {megabytes} MB (licence: {license}). Go on?"),
        format!("下载 {model} 需要 {megabytes} MB（许可证：{license}）。是否继续？"),
    )
}

/// Nobody is there to answer.
pub(crate) fn say_yes(language: Language) -> &'static str {
    language.pick("Add --yes to agree.", "如同意，请加上 --yes。")
}

/// A download was stopped.
pub(crate) fn download_stopped(language: Language) -> &'static str {
    language.pick(
        "Stopped. What has arrived is kept; the same command goes on with it.",
        "已停止。已下载的部分会保留，再次运行同一命令即可继续。",
    )
}

/// A model can be used.
pub(crate) fn model_ready(language: Language, model: &str) -> String {
    language.pick(
        format!("{model} is ready: use it with --checkpoint {model}"),
        format!("{model} 已就绪：用 --checkpoint {model} 选用"),
    )
}

/// What NVIDIA devices need is there.
pub(crate) fn nvidia_ready(language: Language) -> &'static str {
    language.pick(
        "NVIDIA graphics cards are used from now on, where --device does not say otherwise",
        "从现在起将使用 NVIDIA 显卡，除非 --device 另有指定",
    )
}

/// A model is what it was.
pub(crate) fn model_sound(language: Language, model: &str) -> String {
    language.pick(
        format!("{model} is what it was when it was installed."),
        format!("{model} 与安装时一致。"),
    )
}

/// A model is gone.
pub(crate) fn model_removed(language: Language, model: &str) -> String {
    language.pick(format!("{model} is removed."), format!("{model} 已移除。"))
}

/// What a file turned out to be.
pub(crate) fn model_imported(language: Language, model: &ImportedModel) -> String {
    let ImportedModel {
        id,
        origin,
        sha256,
        architecture,
        parameters,
        is_published,
        ..
    } = model;
    let millions = *parameters as f64 / 1e6;
    let kind = match is_published {
        true => language.pick(
            "one of the published checkpoints, byte for byte",
            "与已发布的模型逐字节相同",
        ),
        false => language.pick("a checkpoint of your own", "您自己的模型"),
    };
    language.pick(
        format!("{id}: {kind}, {architecture}, {millions:.1} M parameters\n  from {origin}\n  SHA-256 {sha256}"),
        format!("{id}：{kind}，{architecture}，{millions:.1} M 参数\n  来自 {origin}\n  SHA-256 {sha256}"),
    )
}

/// What is being done to a model.
pub(crate) fn transfer_step(language: Language, step: TransferStep) -> &'static str {
    match step {
        TransferStep::Connecting => language.pick("connecting", "连接中"),
        TransferStep::Downloading => language.pick("downloading", "下载中"),
        TransferStep::Checking => language.pick("checking", "校验中"),
        TransferStep::Converting => language.pick("converting", "转换中"),
        TransferStep::Unpacking => language.pick("unpacking", "解压中"),
        TransferStep::Installed => language.pick("installed", "已安装"),
        TransferStep::Failed => language.pick("failed", "失败"),
        TransferStep::Cancelled => language.pick("stopped", "已停止"),
    }
}

/// A file holds more than the picture that was colored.
pub(crate) fn first_of(language: Language, pages: u32) -> String {
    language.pick(
        format!("The file holds {pages} pictures; the first was colorized."),
        format!("文件含有 {pages} 幅图像，已为第一幅上色。"),
    )
}
