//! The command line's grammar.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use tintype_engine::{Geometry, Hardware, Options, SIZE_MAX, SIZE_MIN};
use tintype_protocol::{DeviceChoice, PrecisionChoice};
use tintype_server::Dialect;
use tintype_zoo::STARTER_ID;

use crate::picture_args::{MergingArguments, RestorationArguments, SavingArguments};

/// Gives old family photos their colors back, on this computer, with nothing sent anywhere.
#[derive(Debug, Parser)]
#[command(name = "tintype", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// Language of messages: en or zh; by default the system's
    #[arg(
        long = "lang",
        value_name = "LANGUAGE",
        global = true,
        env = "TINTYPE_LANG"
    )]
    pub(crate) language: Option<String>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Colorize photos and folders of photos
    Colorize(Box<ColorizeArguments>),
    /// Run the job server on this computer, until Ctrl-C
    Serve(ServeArguments),
    /// List, download, import, check and remove models
    Models(ModelsArguments),
    /// Show versions, devices, memory and models
    Doctor(DoctorArguments),
}

#[derive(Debug, Args)]
pub(crate) struct ColorizeArguments {
    /// Photos, or folders of photos
    #[arg(required = true, value_name = "FILE|DIR")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Folder for the results, made if it is not there; by default each goes beside its original
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Name of each result without its extension: {name} is the original's, {size} the size,
    /// {model} the checkpoint's, {n} the number in this batch
    #[arg(long, value_name = "TEMPLATE", default_value = "{name}-colorized")]
    pub(crate) name: String,

    /// Long side of the network's input in pixels, 32 to 4096, rounded to a multiple of 32
    #[arg(
        short, long, value_name = "N",
        default_value_t = Options::default().size,
        value_parser = clap::value_parser!(u32).range(i64::from(SIZE_MIN)..=i64::from(SIZE_MAX)),
    )]
    pub(crate) size: u32,

    /// square: stretched as the published pipeline does; fit: aspect kept
    #[arg(long, value_name = "square|fit", default_value_t = Options::default().geometry)]
    pub(crate) geometry: Geometry,

    /// A checkpoint file (.pth, .pt, .bin, .safetensors) or the id of an installed model
    #[arg(short, long, value_name = "FILE|ID", default_value = STARTER_ID, env = "TINTYPE_CHECKPOINT")]
    pub(crate) checkpoint: String,

    /// Replace results that are there already; originals are never replaced
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Go into folders within folders
    #[arg(short, long)]
    pub(crate) recursive: bool,

    /// Report in JSON, one object a line, instead of words and bars
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) restoration: RestorationArguments,

    #[command(flatten)]
    pub(crate) merging: MergingArguments,

    #[command(flatten)]
    pub(crate) saving: SavingArguments,

    #[command(flatten)]
    pub(crate) hardware: HardwareArguments,
}

/// Where and how wide the network runs, for every command that runs it.
#[derive(Debug, Args)]
pub(crate) struct HardwareArguments {
    /// auto, cpu, cuda, cuda:N or mps
    #[arg(long, default_value_t = DeviceChoice::Auto, env = "TINTYPE_DEVICE")]
    pub(crate) device: DeviceChoice,

    /// auto, fp32 or bf16; auto takes bf16 where it is faster and makes no difference that anybody sees
    #[arg(long, default_value_t = PrecisionChoice::Auto, env = "TINTYPE_PRECISION")]
    pub(crate) precision: PrecisionChoice,

    /// Threads of the network; by default the number of physical cores
    #[arg(long, value_name = "N", env = "TINTYPE_THREADS",
        value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

impl HardwareArguments {
    /// What the engine is told about this computer.
    pub(crate) fn hardware(&self) -> Hardware {
        let threads = self.threads.map(usize::from);
        Hardware::new(self.device, self.precision, threads)
    }
}

/// The format of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatChoice {
    /// As the original.
    Same,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// Lossless WebP.
    Webp,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Address to listen on; only addresses of this computer itself are taken
    #[arg(long, value_name = "ADDRESS", default_value_t = Ipv4Addr::LOCALHOST.into())]
    pub(crate) address: IpAddr,

    /// Port to listen on; by default 8188, or a free one if another program has it
    #[arg(short, long, value_name = "N", env = "TINTYPE_PORT")]
    pub(crate) port: Option<u16>,

    /// Dialect of sockets that do not ask for one: tintype or comfyui
    #[arg(long, value_name = "DIALECT", default_value_t = Dialect::default())]
    pub(crate) dialect: Dialect,

    /// Client that the printed token is for
    #[arg(long, value_name = "ID", default_value = "ddcolor-user-001")]
    pub(crate) client_id: String,

    /// Ask for no token: any program on this computer may use the server
    #[arg(long)]
    pub(crate) no_auth: bool,

    /// Origin of a page that may use the server, such as `http://localhost:3000`; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,

    /// Folder for the queue, the history, uploads and the log
    #[arg(long, value_name = "DIR", env = "TINTYPE_DATA")]
    pub(crate) data: Option<PathBuf>,

    /// Folder for the results; by default `output` in the data folder
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,

    /// Print the address and the token as one line of JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) hardware: HardwareArguments,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    /// Report in JSON, one object a line
    #[arg(long, global = true)]
    pub(crate) json: bool,

    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Show every model: the bundled one, the published ones, and your own
    List,
    /// Download a published model, or `cuda` for NVIDIA graphics cards; goes on where an earlier try stopped
    Get {
        /// Its id, as `list` shows it
        id: String,
        /// Do not ask before a large download
        #[arg(short, long)]
        yes: bool,
    },
    /// Take in checkpoints from disk; the files themselves stay as they are
    Import {
        /// Checkpoints (.pth, .pt, .bin, .safetensors)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Compare installed models with what they were when they were installed
    Verify {
        /// Their ids; all if none is given
        ids: Vec<String>,
    },
    /// Remove an installed model
    Remove {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    /// Report in JSON
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) hardware: HardwareArguments,
}

impl ColorizeArguments {
    /// What the engine is told about each photo.
    pub(crate) fn options(&self) -> Options {
        Options {
            size: self.size,
            geometry: self.geometry,
            restoration: self.restoration.restoration(),
            merging: self.merging.merging(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn what_is_left_out_is_the_engines_default() {
        let arguments = Arguments::parse_from(["tintype", "colorize", "a.jpg"]);
        let Command::Colorize(arguments) = arguments.command else {
            panic!("not colorize")
        };
        assert_eq!(arguments.options(), Options::default());
    }

    #[test]
    fn values_out_of_range_are_refused_by_the_grammar() {
        for bad in [
            ["--size", "31"],
            ["--size", "4097"],
            ["--strength", "201"],
            ["--geometry", "round"],
            ["--upsample", "smooth"],
            ["--gamut", "wide"],
            ["--warmth", "-101"],
            ["--taming", "101"],
            ["--format", "gif"],
            ["--quality", "0"],
            ["--device", "gpu"],
            ["--threads", "0"],
            ["--precision", "fp16"],
        ] {
            let arguments = ["tintype", "colorize", "a.jpg", bad[0], bad[1]];
            assert!(Arguments::try_parse_from(arguments).is_err(), "{bad:?}");
        }
    }
}
