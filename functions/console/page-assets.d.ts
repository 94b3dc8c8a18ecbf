/** Created by the bundler: serverless/page-assets.ts. */
declare module "baton:page-assets" {
  const pageAssets: { script: string; style: string };
  export default pageAssets;
}
