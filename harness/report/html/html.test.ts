import { expect } from "chai";
import fc from "fast-check";
import { html, scriptJson } from "./html.ts";

describe("html template", () => {
  it("escapes what it interpolates, in text and in attributes, and keeps nested HTML", () => {
    const inner = html`<b>${"<i>"}</b>`;
    const page = html`<p title="${'"&'}">${inner}${[html`<br>`, "'"]}${undefined}${null}${0}</p>`;
    expect(page.text).to.equal('<p title="&quot;&amp;"><b>&lt;i&gt;</b><br>&#39;0</p>');
  });

  it("inlines any JSON so that no tag can begin in it, and it reads back the same", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.string({ unit: "binary" }), (value, text) => {
        const inlined = scriptJson([value, text, "</script><!--"]).text;
        expect(inlined).not.to.include("<");
        expect(JSON.parse(inlined)).to.deep.equal(JSON.parse(JSON.stringify([value, text, "</script><!--"])));
      }),
    );
  });
});
