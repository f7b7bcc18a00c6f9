//! The few words that only the command line says, and in which language it says them.

use tintype_engine::Stage;
use tintype_protocol::Language;

use crate::report::Tally;

/// The language asked for, or else the system's.
pub(crate) fn language(asked: Option<&str>) -> Language {
    let locale = asked.map(str::to_owned).or_else(sys_locale::get_locale);
    Language::from_locale(locale.as_deref().unwrap_or_default())
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
    language.pick(parts.join(", "), parts.join(","))
}

/// The server listens.
pub(crate) fn serving(language: Language, address: &str, socket: &str) -> String {
    language.pick(
        format!("Serving on http://{address} (Ctrl-C ends it)\nSocket: {socket}"),
        format!("服务地址：http://{address}(按 Ctrl-C 结束)\nWebSocket:{socket}"),
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
