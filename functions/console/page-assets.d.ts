/** Made by the bundler: serverless/page-assets.cjs. */
declare module "baton:page-assets" {
  import type { PageAssets } from "../../shared/report/render-page.ts";
  const pageAssets: PageAssets;
  export default pageAssets;
}
