/// The colours and fonts of a picture, light, and dark where the reader has it so.
enum SVGStyle {
    static let fonts = "'Amazon Ember','Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"

    /// A class, what it sets in any case, and what else in the dark.
    private static let rules: [(selector: String, light: String, dark: String)] = [
        ("text", "font-family:\(fonts);font-size:11px;fill:#5f6b7a", "fill:#9da7b3"),
        (".paper", "fill:#fff", "fill:#0d1117"),
        (".title", "font-size:16px;font-weight:600;fill:#16191f", "fill:#e6edf3"),
        (".part", "fill:#f3f6fa;stroke:#d5dde6", "fill:#131922;stroke:#2b3440"),
        (".remedy", "fill:#fdf6ec;stroke:#efd9b4", "fill:#1c1710;stroke:#4d3d22"),
        (".branch", "fill:#f8fafc;stroke:#c6d0da;stroke-dasharray:4 3", "fill:#10161e;stroke:#38424d"),
        (".area-title", "font-size:12px;font-weight:600", ""),
        (".box", "fill:#fff;stroke:#9aa7b4", "fill:#1a212b;stroke:#4a5560"),
        (".missing", "stroke:#d13212;stroke-dasharray:5 3", "stroke:#ff6b5e"),
        (".name", "font-size:13px;font-weight:600;fill:#16191f", "fill:#e6edf3"),
        (".round", "fill:#eaeff4;stroke:#9aa7b4", "fill:#242d38;stroke:#4a5560"),
        (".circle", "font-size:11px;font-weight:600;text-anchor:middle;fill:#414d5c", "fill:#c5ced8"),
        (".facts", "text-anchor:end", ""),
        (".badge", "font-size:9.5px;font-weight:700;text-anchor:middle;fill:#fff", "fill:#fff"),
        (".sign", "fill:none;stroke:#fff;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round", ""),
        (".flow", "fill:#6b7786", "fill:#59646f"), (".analytics", "fill:#8c4fff", "fill:#7a45dd"),
        (".storage", "fill:#6a8f12", "fill:#5f8010"), (".compute", "fill:#d86613", "fill:#c05a10"),
        (".integration", "fill:#d6246e", "fill:#c01f62"), (".database", "fill:#a4239f", "fill:#9a2195"),
        (".web", "fill:#0b7285", "fill:#0d7082"), (".other", "fill:#3f5b77", "fill:#47637f"),
        (".good", "fill:#1d8102", "fill:#238636"), (".bad", "fill:#d13212", "fill:#c8321c"),
        (".way", "fill:none;stroke:#687482;stroke-width:1.3", "stroke:#8b96a2"),
        (".tip", "fill:#687482", "fill:#8b96a2"),
        (".error", "stroke:#c2600c;stroke-dasharray:5 3", "stroke:#d9903a"),
        (".tip.error", "stroke:none;fill:#c2600c", "fill:#d9903a"),
        (".words", "text-anchor:middle;fill:#414d5c", "fill:#b6c0cb"),
        (".words.error", "stroke:none;fill:#a34d06", "fill:#e0a050"),
        (".on-part", "fill:#f3f6fa", "fill:#131922"), (".on-remedy", "fill:#fdf6ec", "fill:#1c1710"),
        (".on-branch", "fill:#f8fafc", "fill:#10161e"),
        // What an execution did.
        (".box.succeeded", "fill:#eaf6e6;stroke:#1d8102;stroke-width:1.8", "fill:#12261a;stroke:#3fb950"),
        (".box.failed", "fill:#fdecea;stroke:#d13212;stroke-width:1.8", "fill:#2d1513;stroke:#f85149"),
        (".box.caught", "fill:#fdf1e3;stroke:#d9730d;stroke-width:1.8", "fill:#2b1d0c;stroke:#e3912f"),
        (".box.running", "fill:#e6f1fb;stroke:#0073bb;stroke-width:1.8", "fill:#0f2438;stroke:#4aa3e8"),
        (".box.cancelled", "fill:#eef0f2;stroke:#6b7280;stroke-width:1.8", "fill:#22262b;stroke:#8b949e"),
        (".unreached", "opacity:.62", ""),
        (".box.unreached", "opacity:1;stroke:#c3ccd5", "stroke:#38424d"),
        (".way.taken", "opacity:1;stroke:#1d8102;stroke-width:2.2;stroke-dasharray:none", "stroke:#3fb950"),
        (".way.error.taken", "stroke:#d9730d", "stroke:#e3912f"),
        (".tip.taken", "opacity:1;fill:#1d8102", "fill:#3fb950"), (".tip.error.taken", "fill:#d9730d", "fill:#e3912f"),
    ]

    /// The content of a `style` element. Who does not know `prefers-color-scheme` has it light.
    static var sheet: String {
        let light = rules.filter { !$0.light.isEmpty }.map { "\($0.selector){\($0.light)}" }
        let dark = rules.filter { !$0.dark.isEmpty }.map { "\($0.selector){\($0.dark)}" }
        return light.joined(separator: "\n") + "\n@media (prefers-color-scheme:dark){\n"
            + dark.joined(separator: "\n") + "\n}"
    }
}
