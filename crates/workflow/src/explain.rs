//! This crate's errors in words for a person.

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::fault::short;
use crate::{Error, MAX_NODES, Rejection, RejectionKind};

/// How many faults of a workflow are told in one message. All are in the [`Rejection`].
const MOST_FAULTS: usize = 8;

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotJson(_)
            | Self::NotAWorkflow
            | Self::TooLarge { .. }
            | Self::TooManyValues { .. }
            | Self::TooManyNodes { .. }
            | Self::BadNode { .. } => ErrorCode::WorkflowInvalid,
            Self::OutOfMemory { .. } => ErrorCode::OutOfMemory,
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        let save_again = language.pick(
            "Save the workflow again in ComfyUI, or choose another file.",
            "请在 ComfyUI 中重新保存工作流，或选择其他文件。",
        );
        let cause = match self {
            Self::NotJson(error) => language.pick(
                format!("The workflow is not JSON ({error})."),
                format!("工作流不是 JSON({error})。"),
            ),
            Self::NotAWorkflow => language.pick(
                "The JSON is not a workflow.".to_owned(),
                "这个 JSON 不是工作流。".to_owned(),
            ),
            Self::TooLarge { bytes } => language.pick(
                format!("The workflow has {bytes} bytes, far more than any workflow needs."),
                format!("工作流有 {bytes} 字节，远超任何工作流所需。"),
            ),
            Self::TooManyValues { values } => language.pick(
                format!("The workflow has some {values} values, far more than any workflow needs."),
                format!("工作流有约 {values} 个值，远超任何工作流所需。"),
            ),
            Self::TooManyNodes { nodes } => language.pick(
                format!("The workflow has {nodes} nodes; at most {MAX_NODES} are run."),
                format!("工作流有 {nodes} 个节点；最多运行 {MAX_NODES} 个。"),
            ),
            Self::OutOfMemory {
                needed_bytes,
                available_bytes,
            } => return out_of_memory(language, *needed_bytes, *available_bytes),
            Self::BadNode { node, field } => {
                let node = short(node.as_str());
                language.pick(
                    format!("Node {node} of the workflow has no usable {field}."),
                    format!("工作流的节点 {node} 缺少可用的 {field}。"),
                )
            }
        };
        Explanation::new(cause, save_again)
    }
}

fn out_of_memory(language: Language, needed_bytes: u64, available_bytes: u64) -> Explanation {
    let [needed, available] =
        [needed_bytes, available_bytes].map(|bytes| format!("{:.1}", bytes as f64 / 1e9));
    language.pick(
        Explanation::new(
            format!(
                "This step of the workflow needs {needed} GB of memory, and there is {available} GB for it."
            ),
            "Close other programs, scale to a smaller size, or put fewer photos into one workflow.",
        ),
        Explanation::new(
            format!("工作流的这一步需要 {needed} GB 内存，而可用的只有 {available} GB。"),
            "请关闭其他程序、缩放到较小的尺寸，或减少一个工作流中的照片。",
        ),
    )
}

impl Explain for Rejection {
    fn code(&self) -> ErrorCode {
        ErrorCode::WorkflowInvalid
    }

    fn explain(&self, language: Language) -> Explanation {
        if self.kind == RejectionKind::NoOutputs {
            return language.pick(
                Explanation::new(
                    "The workflow makes no picture.",
                    "Add a SaveImage or PreviewImage node.",
                ),
                Explanation::new(
                    "工作流不产生任何图片。",
                    "请添加 SaveImage 或 PreviewImage 节点。",
                ),
            );
        }
        let of_nodes = self.nodes.iter().flat_map(|(id, node)| {
            let (id, class) = (short(id.as_str()), short(&node.class));
            node.faults.iter().map(move |fault| {
                let words = fault.words(language);
                language.pick(
                    format!("Node {id} ({class}): {words}"),
                    format!("节点 {id}({class}):{words}"),
                )
            })
        });
        let mut all: Vec<_> = of_nodes.collect();
        let more = all.len().saturating_sub(MOST_FAULTS);
        if more > 0 {
            all.truncate(MOST_FAULTS);
            all.push(language.pick(format!("And {more} more."), format!("另有 {more} 处问题。")));
        }
        // Each says itself what to do.
        Explanation::new(all.join(language.pick(" ", "")), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fault, NodeFaults};
    use serde_json::json;
    use tintype_protocol::NodeId;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let faults = vec![
            Fault::UnknownClass,
            Fault::Missing { input: "image" },
            Fault::BadLink {
                input: "image",
                received: json!(["9", 0]),
            },
            Fault::WrongType {
                input: "image",
                expected: "IMAGE",
                received: "MASK",
            },
            Fault::NotA {
                input: "width",
                expected: "INT",
                received: json!("x"),
            },
            Fault::TooSmall {
                input: "width",
                min: 0.0,
                received: json!(-1),
            },
            Fault::TooBig {
                input: "width",
                max: 4096.0,
                received: json!(5000),
            },
            Fault::OffStep {
                input: "model_input_size",
                step: 32,
                received: 500,
            },
            Fault::NotInList {
                input: "checkpoint",
                options: vec!["starter".into()],
                received: json!("x"),
            },
            Fault::NoSuchImage {
                input: "image",
                name: "a.png".into(),
            },
            Fault::Cycle {
                nodes: vec![NodeId::new("1"), NodeId::new("2")],
            },
        ];
        let node = NodeFaults {
            class: "A".into(),
            faults,
            dependent_outputs: Vec::new(),
        };
        let rejection = |kind| Rejection {
            kind,
            nodes: [(NodeId::new("7"), node.clone())].into(),
        };
        let errors: Vec<Box<dyn Explain>> = vec![
            Box::new(Error::NotAWorkflow),
            Box::new(Error::NotJson(serde_json::from_str::<u8>("x").unwrap_err())),
            Box::new(Error::TooLarge { bytes: 9 }),
            Box::new(Error::TooManyNodes { nodes: 9 }),
            Box::new(Error::TooManyValues { values: 9 }),
            Box::new(Error::OutOfMemory {
                needed_bytes: 3_000_000_000,
                available_bytes: 1_000_000_000,
            }),
            Box::new(Error::BadNode {
                node: NodeId::new("1"),
                field: "inputs",
            }),
            Box::new(rejection(RejectionKind::NoOutputs)),
            Box::new(rejection(RejectionKind::OutputsFailedValidation)),
        ];
        for error in errors {
            let english = error.explain(Language::English).to_string();
            let chinese = error.explain(Language::Chinese).to_string();
            assert!(english.is_ascii() && english.ends_with('.'), "{english}");
            assert!(chinese.ends_with('。'), "{chinese}");
        }
    }

    #[test]
    fn a_message_is_short_however_much_is_wrong() {
        let long = "x".repeat(1 << 20);
        let fault = Fault::NoSuchImage {
            input: "image",
            name: long.clone(),
        };
        let node = NodeFaults {
            class: long.clone(),
            faults: vec![fault; 100],
            dependent_outputs: Vec::new(),
        };
        let rejection = Rejection {
            kind: RejectionKind::OutputsFailedValidation,
            nodes: [(NodeId::new(long), node)].into(),
        };
        let words = rejection.explain(Language::English).to_string();
        assert!(words.len() < 5000 && words.ends_with("And 92 more."));
    }

    #[test]
    fn a_size_between_two_steps_is_answered_with_both() {
        let fault = Fault::OffStep {
            input: "model_input_size",
            step: 32,
            received: 500,
        };
        assert_eq!(
            fault.words(Language::English),
            "The input \"model_input_size\" is 500, no multiple of 32; use 480 or 512."
        );
    }
}
