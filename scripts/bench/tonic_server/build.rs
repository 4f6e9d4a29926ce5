fn main() -> std::io::Result<()> {
    let protos = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../proto");
    tonic_build::configure().compile_protos(&["user_service.proto"], &[protos])
}
