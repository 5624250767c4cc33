//! Puts the templates, messages and assets into the binary of an optimized build.

fn main() {
    fw_build::embed_views();
}
