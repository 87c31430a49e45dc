//! The runtime takes its locks from the model checker here, and nowhere else.

fn main() {
    println!("cargo::rustc-cfg=shuttle");
    // The runtime's features, none of which is on here.
    println!("cargo::rustc-check-cfg=cfg(feature, values(any()))");
    println!("cargo::rerun-if-changed=build.rs");
}
