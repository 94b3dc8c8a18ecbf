import { judgeDisk } from "../../../cli/doctor/check-disk.ts";

describe("the doctor's check of the disk", () => {
  it.each([
    ["ok", 90],
    ["warning", 91],
  ])("is %s at %i %% used, as df counts", (state, percent) => {
    const bavail = 100 - percent;

    expect(judgeDisk("/data", { blocks: 105, bfree: bavail + 5, bavail, bsize: 1e9 })).toMatchObject({
      state,
      found: `${percent} % of the disk of /data is used, ${bavail}.0 GB are available`,
    });
  });
});
